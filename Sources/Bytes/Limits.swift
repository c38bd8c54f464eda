/// Budgets for what a file may ask for; each is checked before anything is allocated.
package enum Limits {
  /// Bytes of a native pack's header.
  package static let packHeaderBytes = 256 << 20
  /// Bytes of a JSON document.
  package static let jsonBytes = 256 << 20
  /// Arrays and objects inside one another in a JSON document.
  package static let jsonDepth = 64
  /// Values of a JSON document: two bytes of text become twenty-odd in memory.
  package static let jsonValues = 16 << 20
  /// Bytes of one number in a JSON document.
  package static let jsonNumberBytes = 1024
  /// Messages inside one another in a protobuf file.
  package static let protobufDepth = 64
  /// Bytes of a graph in protobuf form, tensor payloads not counted.
  package static let protobufBytes = 1 << 30
  /// Bytes of all tensors of a file together that cannot be mapped, as ONNX writes them in typed fields.
  package static let decodedTensorBytes = 1 << 30
  /// Dimensions of a tensor; MXNet allows 32 as well.
  package static let dimensions = 32
  /// Tensors of one file.
  package static let tensors = 1 << 20
  /// Bytes of all tensors that a file stores sparsely, once they are dense, beyond sixteen times the file.
  package static let densifiedBytes = 64 << 20
  /// Bytes of a tensor's name.
  package static let nameBytes = 64 << 10
  /// Combining marks in a row within a text, as Unicode's stream-safe form has it (UAX #15).
  package static let combiningMarks = 30
  /// Values of a graph; a node that nobody knows may claim any number of outputs.
  package static let values = 8_000_000
  /// Nodes of a graph.
  package static let nodes = 4_000_000
  /// Pixels of a picture's side; JPEG's own bound is below it.
  package static let pictureSide = 1 << 20
  /// Pixels of a picture: half as much again as the largest camera sensors of 2026.
  package static let picturePixels = 1 << 28
  /// Passes of a progressive JPEG over its pixels; encoders write about ten.
  package static let jpegScans = 100
}
