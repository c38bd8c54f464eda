package import Graphs
package import OrderedCollections
package import Pictures
package import Tensors

/// What a recipe makes of a picture: the graph's inputs, and what places results on the picture again.
package struct PreparedPicture: Sendable {
  /// By the names of the graph's inputs; the regions of a network that takes the caller's are not among them.
  package let inputs: OrderedDictionary<String, Tensor>
  package let frame: Frame

  /// How the network's input lies over the picture.
  package struct Frame: Hashable, Sendable {
    package var picture: Size
    /// Of the input tensor, padding counted.
    package var input: Size
    /// What the picture fills of the input, from the upper left corner.
    package var content: Size
    /// Input pixels for one of the picture.
    package var scale: Double

    package init(picture: Size, input: Size, content: Size, scale: Double) {
      self.picture = picture
      self.input = input
      self.content = content
      self.scale = scale
    }
  }

  /// Width and height in pixels.
  package struct Size: Hashable, Sendable {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
      self.width = width
      self.height = height
    }
  }
}

extension NetworkRecipe.ImageInput {
  /// The inputs for a picture, bit for bit as the original makes them (Deformable-ConvNets `lib/utils/image.py`).
  ///
  /// - Parameter file: what an error names.
  /// - Throws: `RecipeError` where the picture would vanish on being resized, or the recipe makes no sense.
  package func prepare(_ picture: Picture, file: String) throws(RecipeError) -> PreparedPicture {
    guard meansRGB.count == 3, meansRGB.allSatisfy(\.isFinite), ["RGB", "BGR"].contains(channelOrder) else {
      throw RecipeError(
        "recipe", found: "means \(meansRGB) and channels '\(channelOrder)'",
        expected: "three finite means, and RGB or BGR")
    }
    let means = NetworkInput.Means(red: meansRGB[0], green: meansRGB[1], blue: meansRGB[2])
    let rule = NetworkInput.Rule(
      shortSide: shortSide, longSide: longSide, stride: stride, means: means,
      startsWithRed: channelOrder == "RGB")
    guard let input = NetworkInput(picture, rule) else {
      throw RecipeError(
        file, found: "\(picture.width)×\(picture.height) pixels",
        expected: "a picture that can be resized to \(shortSide) pixels, and \(longSide) at most")
    }
    var inputs: OrderedDictionary<String, Tensor> = [
      image: Tensor(input.values, shape: [1, 3, input.height, input.width])
    ]
    if let imageInfo { inputs[imageInfo] = Tensor(input.info, shape: [1, 3]) }
    let frame = PreparedPicture.Frame(
      picture: PreparedPicture.Size(width: picture.width, height: picture.height),
      input: PreparedPicture.Size(width: input.width, height: input.height),
      content: PreparedPicture.Size(width: input.contentWidth, height: input.contentHeight),
      scale: input.scale)
    return PreparedPicture(inputs: inputs, frame: frame)
  }
}

extension PreparedPicture.Frame {
  /// The regions input for boxes on the picture, for the networks that take the caller's: [1, N, 5], each row 0
  /// and the corners in input pixels, rounded half to even (Deformable-ConvNets `rfcn/deform_psroi_demo.py`).
  package func regions(_ boxes: [Box]) -> Tensor {
    let rows = boxes.flatMap { box -> [Float] in
      [0] + box.corners.map { Float(($0 * scale).rounded(.toNearestOrEven)) }
    }
    return Tensor(rows, shape: [1, boxes.count, 5])
  }
}
