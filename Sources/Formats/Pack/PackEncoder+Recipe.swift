internal import CSchemas
internal import Graphs

extension PackEncoder {
  func recipe(_ recipe: NetworkRecipe) -> UnsafeMutablePointer<Dcnpack__Recipe> {
    let message = unsafe arena.message(dcnpack__recipe__init)
    unsafe message.pointee.input = unsafe input(recipe.input)
    switch recipe.output {
    case .detections(let detections):
      unsafe message.pointee.output_case = DCNPACK__RECIPE__OUTPUT_DETECTIONS
      unsafe message.pointee.detections = unsafe self.detections(detections)
    case .segmentation(let scores):
      let segmentation = unsafe arena.message(dcnpack__segmentation__init)
      unsafe segmentation.pointee.scores = arena.text(scores)
      unsafe message.pointee.output_case = DCNPACK__RECIPE__OUTPUT_SEGMENTATION
      unsafe message.pointee.segmentation = unsafe segmentation
    }
    unsafe message.pointee.n_class_names = recipe.classNames.count
    unsafe message.pointee.class_names = arena.texts(recipe.classNames)
    return unsafe message
  }

  private func input(_ input: NetworkRecipe.ImageInput) -> UnsafeMutablePointer<Dcnpack__ImageInput> {
    let message = unsafe arena.message(dcnpack__image_input__init)
    unsafe message.pointee.image = arena.text(input.image)
    unsafe message.pointee.image_info = arena.text(input.imageInfo ?? "")
    unsafe message.pointee.regions = arena.text(input.regions ?? "")
    unsafe message.pointee.short_side = Int64(input.shortSide)
    unsafe message.pointee.long_side = Int64(input.longSide)
    unsafe message.pointee.stride = Int64(input.stride)
    unsafe message.pointee.n_means_rgb = input.meansRGB.count
    unsafe message.pointee.means_rgb = arena.list(input.meansRGB)
    unsafe message.pointee.channel_order = arena.text(input.channelOrder)
    return unsafe message
  }

  private func detections(
    _ detections: NetworkRecipe.Detections
  ) -> UnsafeMutablePointer<Dcnpack__Detections> {
    let message = unsafe arena.message(dcnpack__detections__init)
    unsafe message.pointee.rois = arena.text(detections.rois)
    unsafe message.pointee.scores = arena.text(detections.scores)
    unsafe message.pointee.deltas = arena.text(detections.deltas)
    unsafe message.pointee.is_class_agnostic = detections.isClassAgnostic ? 1 : 0
    unsafe message.pointee.score_threshold = detections.scoreThreshold
    switch detections.suppression {
    case .greedy(let threshold):
      unsafe message.pointee.suppression_case = DCNPACK__DETECTIONS__SUPPRESSION_GREEDY_THRESHOLD
      unsafe message.pointee.greedy_threshold = threshold
    case .gaussian(let sigma):
      unsafe message.pointee.suppression_case = DCNPACK__DETECTIONS__SUPPRESSION_GAUSSIAN_SIGMA
      unsafe message.pointee.gaussian_sigma = sigma
    }
    unsafe message.pointee.maximum_count = Int64(detections.maximumCount)
    return unsafe message
  }
}
