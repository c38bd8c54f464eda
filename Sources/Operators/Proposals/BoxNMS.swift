package import Graphs

/// Boxes sorted by score without those that overlap a better one (greedy non-maximum suppression).
///
/// Input: data `[…, boxes, width]`, each row a box with its score and whatever else; output: data's shape, rows
/// that are left first, by falling score, the others filled with −1. A box goes where its intersection over union
/// with a better one, no +1 in the sides, is above `overlapThreshold` (mxnet contrib/bounding_box-inl.h).
package struct BoxNMS: Operator {
  package static let name = "BoxNMS"

  /// What the four coordinates of a box are.
  package enum Format: String, Codable, Sendable {
    /// Left, top, right, bottom.
    case corner
    /// Middle across, middle down, width, height.
    case center
  }

  package var overlapThreshold: Double
  /// Boxes of no higher score go at once.
  package var scoreThreshold: Double
  /// Boxes of each batch that are looked at, best first; below 0 for all, 0 gives the data back as it is.
  package var topK: Int
  /// Columns of the first coordinate and of the score.
  package var coordinateColumn: Int
  package var scoreColumn: Int
  /// The column of the class; boxes of different classes do not suppress each other.
  package var classColumn: Int?
  /// The class whose boxes go at once.
  package var backgroundClass: Int?
  /// Whether classes do not matter.
  package var suppressesAcrossClasses: Bool
  package var inputFormat: Format
  package var outputFormat: Format

  package init(
    overlapThreshold: Double, scoreThreshold: Double = 0, topK: Int = -1, coordinateColumn: Int = 2,
    scoreColumn: Int = 1, classColumn: Int? = nil, backgroundClass: Int? = nil,
    suppressesAcrossClasses: Bool = false, inputFormat: Format = .corner, outputFormat: Format = .corner
  ) {
    self.overlapThreshold = overlapThreshold
    self.scoreThreshold = scoreThreshold
    self.topK = topK
    self.coordinateColumn = coordinateColumn
    self.scoreColumn = scoreColumn
    self.classColumn = classColumn
    self.backgroundClass = backgroundClass
    self.suppressesAcrossClasses = suppressesAcrossClasses
    self.inputFormat = inputFormat
    self.outputFormat = outputFormat
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    let limit = Int(Int32.max) - 4
    try requireAttribute("coordinateColumn", coordinateColumn, in: 0...limit)
    let coordinates = coordinateColumn...coordinateColumn + 3
    var single = [("scoreColumn", scoreColumn)]
    if let classColumn { single.append(("classColumn", classColumn)) }
    for (name, column) in single {
      try requireAttribute(name, column, in: 0...limit)
      guard !coordinates.contains(column), name == "scoreColumn" || column != scoreColumn else {
        throw .attribute(name, found: "\(column)", expected: "a column of its own")
      }
    }
    if let dimensions = inputs.shape(0).dimensions {
      guard dimensions.count >= 2 else {
        throw .input(
          "data", found: "\(dimensions.count) dimensions", expected: "at least 2: boxes and columns")
      }
      let last = max(coordinates.upperBound, scoreColumn, classColumn ?? 0)
      if let width = dimensions[dimensions.count - 1], width <= last {
        throw .input("data", found: "\(width) columns", expected: "more than \(last)")
      }
    }
    return [ValueType(inputs.elementType(0), inputs.shape(0))]
  }
}
