internal import Bytes
internal import CSchemas
internal import Graphs
internal import Tensors

// The network, its recipe and its provenance.
extension PackDecoder {
  func network(_ message: Dcnpack__Network) throws(FormatError) -> NetworkIdentity {
    try unsafe NetworkIdentity(
      name: text(message.name, "network"), confidence: message.confidence,
      alternatives: texts(scalars(message.alternatives, message.n_alternatives), "network, alternatives"))
  }

  func recipe(_ message: Dcnpack__Recipe) throws(FormatError) -> NetworkRecipe {
    guard let input = unsafe message.input else { throw refuse("recipe", "has no input") }
    let output: NetworkRecipe.Output
    switch unsafe message.output_case {
    case DCNPACK__RECIPE__OUTPUT_DETECTIONS:
      output = try unsafe .detections(detections(message.detections.pointee))
    case DCNPACK__RECIPE__OUTPUT_SEGMENTATION:
      output = try unsafe .segmentation(
        scores: text(message.segmentation.pointee.scores, "recipe, segmentation"))
    default: throw refuse("recipe", "has no output")
    }
    return try unsafe NetworkRecipe(
      input: self.input(input.pointee), output: output,
      classNames: texts(scalars(message.class_names, message.n_class_names), "recipe, class names"))
  }

  private func input(_ message: Dcnpack__ImageInput) throws(FormatError) -> NetworkRecipe.ImageInput {
    try unsafe NetworkRecipe.ImageInput(
      image: text(message.image, "recipe, input"),
      imageInfo: optional(message.image_info, "recipe, input"),
      regions: optional(message.regions, "recipe, input"), shortSide: Int(message.short_side),
      longSide: Int(message.long_side), stride: Int(message.stride),
      meansRGB: scalars(message.means_rgb, message.n_means_rgb),
      channelOrder: text(message.channel_order, "recipe, input"))
  }

  private func detections(_ message: Dcnpack__Detections) throws(FormatError) -> NetworkRecipe.Detections {
    let suppression: NetworkRecipe.Suppression
    switch unsafe message.suppression_case {
    case DCNPACK__DETECTIONS__SUPPRESSION_GREEDY_THRESHOLD:
      suppression = unsafe .greedy(threshold: message.greedy_threshold)
    case DCNPACK__DETECTIONS__SUPPRESSION_GAUSSIAN_SIGMA:
      suppression = unsafe .gaussian(sigma: message.gaussian_sigma)
    default: throw refuse("recipe, detections", "have no suppression")
    }
    return try unsafe NetworkRecipe.Detections(
      rois: text(message.rois, "recipe, detections"), scores: text(message.scores, "recipe, detections"),
      deltas: text(message.deltas, "recipe, detections"), isClassAgnostic: message.is_class_agnostic != 0,
      scoreThreshold: message.score_threshold, suppression: suppression,
      maximumCount: Int(message.maximum_count))
  }

  private func optional(_ data: ProtobufCBinaryData, _ place: String) throws(FormatError) -> String? {
    unsafe data.len == 0 ? nil : try unsafe text(data, place)
  }

  func provenance(_ message: Dcnpack__Provenance) throws(FormatError) -> Provenance {
    var provenance = Provenance()
    provenance.framework = try unsafe optional(message.framework, "provenance, framework")
    provenance.sources = try unsafe messages(message.sources, message.n_sources).each {
      message, _ throws(FormatError) in try unsafe source(message)
    }
    provenance.replacements = try unsafe messages(message.replacements, message.n_replacements).each {
      message, _ throws(FormatError) in try unsafe replacement(message)
    }
    _ = try unsafe messages(message.metadata, message.n_metadata).each { entry, _ throws(FormatError) in
      let key = try unsafe text(entry.key, "provenance, metadata")
      let value = try unsafe text(entry.value, "provenance, metadata '\(key)'")
      guard provenance.metadata.updateValue(value, forKey: key) == nil else {
        throw refuse("provenance, metadata", "has '\(key)' twice")
      }
    }
    return provenance
  }

  private func source(_ message: Dcnpack__Source) throws(FormatError) -> Provenance.Source {
    let name = try unsafe text(message.name, "provenance, source")
    let place = "provenance, source '\(name)'"
    return try unsafe Provenance.Source(
      name: name, byteCount: count(message.byte_count, place),
      sha256: digest(message.sha256, place).description, format: text(message.format, place))
  }

  private func replacement(
    _ message: Dcnpack__Replacement
  ) throws(FormatError) -> Provenance.Replacement {
    let tensor = try unsafe text(message.tensor, "provenance, replacement")
    let place = "provenance, replaced tensor '\(tensor)'"
    return try unsafe Provenance.Replacement(
      tensor: tensor, sha256: digest(message.sha256, place).description, by: text(message.by, place),
      rule: text(message.rule, place))
  }

  func sections(_ messages: [Dcnpack__Section]) throws(FormatError) -> [String: [UInt8]] {
    var sections: [String: [UInt8]] = [:]
    _ = try unsafe messages.each { section, _ throws(FormatError) in
      let name = try unsafe text(section.name, "section")
      guard unsafe section.is_critical == 0 else {
        throw refuse(
          "section '\(name)'", "is critical and unknown to this version (a newer dcnconv reads it)")
      }
      guard unsafe sections.updateValue(section.content.bytes, forKey: name) == nil else {
        throw refuse("section '\(name)'", "is there twice")
      }
    }
    return sections
  }
}
