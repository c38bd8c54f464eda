internal import OrderedCollections

extension BoxNMS {
  private static let formats: KeyValuePairs<String, Format> = ["corner": .corner, "center": .center]

  /// MXNet `_contrib_box_nms`, whose second output is hidden though the first is numbered.
  package static let mxnet: MXNetDialect<BoxNMS>? = MXNetDialect(
    names: ["_contrib_box_nms", "_contrib_box_non_maximum_suppression", "_npx_box_nms"],
    read: { attributes throws(OperatorError) in
      let classColumn = try attributes.integer("id_index", default: -1)
      let background = try attributes.integer("background_id", default: -1)
      return BoxNMS(
        overlapThreshold: Double(try attributes.float("overlap_thresh", default: 0.5)),
        scoreThreshold: Double(try attributes.float("valid_thresh", default: 0)),
        topK: try attributes.integer("topk", default: -1),
        coordinateColumn: try attributes.integer("coord_start", default: 2),
        scoreColumn: try attributes.integer("score_index", default: 1),
        classColumn: classColumn < 0 ? nil : classColumn,
        // It is compared with a column that is not there otherwise; −1 is what a row without a box holds.
        backgroundClass: classColumn < 0 ? nil : background,
        suppressesAcrossClasses: try attributes.boolean("force_suppress", default: false),
        inputFormat: try attributes.word("in_format", formats, default: .corner),
        outputFormat: try attributes.word("out_format", formats, default: .corner))
    },
    write: { suppression throws(OperatorError) in
      (
        "_contrib_box_nms",
        [
          "overlap_thresh": MXNetAttributes.Text.number(suppression.overlapThreshold),
          "valid_thresh": MXNetAttributes.Text.number(suppression.scoreThreshold),
          "topk": "\(suppression.topK)", "coord_start": "\(suppression.coordinateColumn)",
          "score_index": "\(suppression.scoreColumn)", "id_index": "\(suppression.classColumn ?? -1)",
          "background_id": "\(suppression.backgroundClass ?? -1)",
          "force_suppress": MXNetAttributes.Text.boolean(suppression.suppressesAcrossClasses),
          "in_format": suppression.inputFormat.rawValue, "out_format": suppression.outputFormat.rawValue,
        ]
      )
    },
    outputSuffixes: { _ in ["output0"] })
}
