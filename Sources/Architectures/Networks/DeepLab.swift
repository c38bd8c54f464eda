internal import Graphs

extension NetworkBuilder {
  /// DeepLab (arXiv:1606.00915) as released: a 1×1 classifier on stage 5, enlarged 16 times by a stored bilinear
  /// kernel and cropped to the picture.
  ///
  /// - Returns: class probabilities `[1, classes, H, W]`.
  mutating func deepLabHead(_ features: ValueID, picture: ValueID) -> ValueID {
    let map = relu("relu_fc6", convolution("fc6", features, .head, hasBias: true))
    let scores = convolution("score", map, .classes, hasBias: true)
    let large = channelwiseEnlargement("upsampling", scores, channels: .classes, by: 16)
    let cropped = cropped("croped_score", large, like: picture, offset: 8)
    return softmax("softmax", cropped, axis: 1, label: input("softmax_label"))
  }
}
