internal import Architectures
internal import Bytes
internal import Formats
internal import Graphs
internal import OrderedCollections
internal import Pictures
internal import Tensors

/// A model that is ready to run on pictures or tensors, in single precision.
///
/// Open it once and use it from any thread: runs share the weights, and what was planned for pictures of one size
/// serves the next ones. The same input gives the same bits, whatever the number of threads.
public final class Network: Sendable {
  private let session: Session<Float>

  /// The released network that the model was recognised as: `rfcn_dcn_coco`; nil for others.
  public var name: String? { session.model.network?.name }

  /// Names by class number, the background of a detector at 0; none where nothing is known of the network.
  public var classNames: [String] { session.model.recipe?.classNames ?? [] }

  /// The inputs that `run(_:)` must be given.
  public var inputNames: [String] {
    session.model.requiredInputs.map { session.model.graph[$0].name }
  }

  /// Opens a model in any format that dcnconv reads: a pack, MXNet `.params` with or without its symbol, ONNX.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - threads: how many each run uses; nil for one for each processor.
  /// - Throws: `NetworkError` where the file cannot be read, or an operator in it cannot be run.
  public init(path: String, threads: Int? = nil) throws(NetworkError) {
    session = try NetworkError.wrapping {
      try Session(openModel(path: path).model, threads: threads.map { Threads($0) } ?? .available)
    }
  }

  /// Says what the network sees in a PNG or JPEG file, fed as the network's recipe says.
  ///
  /// - Parameters:
  ///   - path: the picture.
  ///   - options: what departs from the recipe when detections are read.
  /// - Throws: `NetworkError` where the file is no picture, or nothing is known of how the network takes pictures.
  public func run(
    picturePath path: String, options: DetectionOptions = DetectionOptions()
  ) throws(NetworkError) -> NetworkResult {
    try NetworkError.wrapping { try result(Picture(path: path), path, options) }
  }

  /// Says what the network sees in the bytes of a PNG or JPEG file.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - options: what departs from the recipe when detections are read.
  /// - Throws: `NetworkError` where the bytes are no picture, or nothing is known of how the network takes pictures.
  public func run(
    picture bytes: [UInt8], options: DetectionOptions = DetectionOptions()
  ) throws(NetworkError) -> NetworkResult {
    try NetworkError.wrapping {
      // SAFETY: an array of bytes has no padding.
      try result(unsafe Picture(decoding: bytes.span.bytes, file: "picture"), "picture", options)
    }
  }

  /// Computes the graph's outputs from its inputs.
  ///
  /// - Parameter inputs: a tensor for each of `inputNames`.
  /// - Returns: the outputs by their names in the framework that the model comes from.
  /// - Throws: `NetworkError` that names an input which is missing, or a node whose shapes do not fit.
  public func run(_ inputs: [String: NetworkTensor]) throws(NetworkError) -> [String: NetworkTensor] {
    try NetworkError.wrapping {
      let tensors = inputs.sorted { $0.key < $1.key }.map {
        ($0.key, Tensor($0.value.elements, shape: Shape($0.value.shape)))
      }
      let outputs = try session.run(OrderedDictionary(uniqueKeysWithValues: tensors))
      return Dictionary(
        uniqueKeysWithValues: outputs.map { name, tensor in
          (name, NetworkTensor(shape: tensor.shape.dimensions, elements: tensor.converted(to: Float.self)))
        })
    }
  }

  private func result(
    _ picture: Picture, _ file: String, _ options: DetectionOptions
  ) throws -> NetworkResult {
    var feed = NetworkFeed(session.model)
    try feed.add(picture, file: file)
    let outputs = try session.run(feed.tensors)
    guard let result = try feed.result(of: outputs, options: options) else {
      throw ToolkitError(.content, "nothing is known of how this network's outputs are read")
    }
    return result
  }
}

/// Numbers in row-major order.
public struct NetworkTensor: Hashable, Sendable {
  /// The dimensions, outermost first.
  public let shape: [Int]
  public let elements: [Float]

  /// - Precondition: no dimension is negative, and their product is the count of elements.
  public init(shape: [Int], elements: [Float]) {
    let count = Shape(checking: shape)?.count
    precondition(count == elements.count, "\(elements.count) elements for \(shape)")
    self.shape = shape
    self.elements = elements
  }
}

/// Why a network cannot be opened or run: what was found, what was expected, and where.
public struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Cause: Hashable, Sendable {
    /// What was asked for cannot be: a file that does not exist, an input that is missing.
    case request
    /// A file is corrupt, unsupported or hostile.
    case content
    /// Permission was missing, a device failed: trying again may help.
    case environment
  }

  public let cause: Cause
  public let description: String

  fileprivate static func wrapping<R>(_ body: () throws -> R) throws(NetworkError) -> R {
    do { return try body() } catch {
      let blame = (error as? any Fault)?.blame ?? .content
      let cause: Cause =
        switch blame {
        case .request: .request
        case .content: .content
        case .environment: .environment
        }
      throw NetworkError(cause: cause, description: "\(error)")
    }
  }
}

extension NetworkResult {
  /// What a detector found, best first; none of a segmentation.
  public var detections: [Detection] { if case .detections(let list) = self { list } else { [] } }

  /// What a segmentation says of each pixel; nil of a detector.
  public var segmentation: Segmentation? { if case .segmentation(let map) = self { map } else { nil } }
}
