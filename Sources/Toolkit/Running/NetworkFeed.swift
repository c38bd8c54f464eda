internal import Bytes
internal import Formats
package import Graphs
package import OrderedCollections
package import Pictures
package import Tensors

/// What a run is fed: tensors by the names of the graph's inputs, and the picture that some were made of.
package struct NetworkFeed: Sendable {
  package private(set) var tensors: OrderedDictionary<String, Tensor> = [:]
  package private(set) var picture: Picture?
  private let model: Model
  private var pictureFrame: PreparedPicture.Frame?

  package init(_ model: Model) { self.model = model }

  private var recipe: NetworkRecipe? { model.recipe }

  /// Adds what a file holds: a picture, or tensors in npy, npz or HDF5; its content tells which.
  ///
  /// - Parameter name: the input that it is for; nil for the picture's input, and for files that name their tensors
  ///   like inputs, or `inputs/` and the name.
  /// - Throws: the format's error; `ToolkitError` where an input is given twice, or the file has none.
  package mutating func add(path: String, named name: String?) throws {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw FormatError(error) }
    if Picture.recognises(file.bytes) {
      try add(Picture(decoding: file.bytes, file: path), file: path, named: name)
    } else {
      try add(TensorFiles.open(path: path), file: path, named: name)
    }
  }

  /// Adds a picture, made into the network's input as its recipe says, and what goes with it.
  ///
  /// - Parameter file: what errors name.
  /// - Throws: `ToolkitError` where the network has no recipe, or takes pictures at another input; `RecipeError`.
  package mutating func add(_ picture: Picture, file: String, named name: String? = nil) throws {
    guard let input = recipe?.input else {
      throw ToolkitError(
        .request,
        "\(file): nothing is known of how this network takes pictures: feed its inputs as tensors "
          + "(.npy, .npz, .h5)")
    }
    guard name == nil || name == input.image else {
      throw ToolkitError(.request, "\(file): pictures are for input '\(input.image)', not '\(name ?? "")'")
    }
    let prepared = try input.prepare(picture, file: file)
    for (name, tensor) in prepared.inputs where tensors[name] == nil || name == input.image {
      try add(tensor, named: name, from: file)
    }
    self.picture = picture
    pictureFrame = prepared.frame
  }

  /// Adds regions of interest for a network that takes the caller's.
  ///
  /// - Parameter boxes: in pixels of the picture, which has been added before.
  /// - Throws: `ToolkitError` where the network proposes regions itself, or there is no picture.
  package mutating func add(regions boxes: [Box]) throws {
    guard let name = recipe?.input.regions else {
      throw ToolkitError(.request, "this network finds its regions itself: it takes none")
    }
    guard let frame else {
      throw ToolkitError(.request, "regions lie on a picture: give one, or feed '\(name)' as a tensor")
    }
    try add(frame.regions(boxes), named: name, from: "regions")
  }

  private mutating func add(_ tensor: Tensor, named name: String, from file: String) throws {
    guard tensors.updateValue(tensor, forKey: name) == nil else {
      throw ToolkitError(.request, "\(file): input '\(name)' has a value already")
    }
  }

  private mutating func add(_ source: any TensorSource, file: String, named name: String?) throws {
    func value(_ input: String) throws -> Tensor? {
      if let tensor = try source.tensor(named: input) { return tensor }
      return try source.tensor(named: "inputs/" + TraceName.encode(input))
    }
    if let name {
      let only = source.names.count == 1 ? source.names.first : nil
      guard let tensor = try value(name) ?? only.flatMap({ try source.tensor(named: $0) }) else {
        throw ToolkitError(.request, "\(file) has no tensor '\(name)' and no 'inputs/\(name)'")
      }
      return try add(tensor, named: name, from: file)
    }
    var isUsed = false
    for name in model.inputs.map({ model.graph[$0].name }) {
      guard let tensor = try value(name) else { continue }
      try add(tensor, named: name, from: file)
      isUsed = true
    }
    guard isUsed else {
      let names = model.requiredInputs.map { model.graph[$0].name }.joined(separator: ", ")
      throw ToolkitError(
        .request, "\(file) has none of the model's inputs (\(names)): say which it is for, NAME=FILE")
    }
  }

  /// How the network's input lies over the picture; of tensors alone, over the picture that they stand for.
  package var frame: PreparedPicture.Frame? {
    if let pictureFrame { return pictureFrame }
    guard let input = recipe?.input, let image = tensors[input.image]?.shape, image.rank == 4 else {
      return nil
    }
    let size = PreparedPicture.Size(width: image[3], height: image[2])
    let info = input.imageInfo.flatMap { tensors[$0] }
    let scale = info.flatMap { $0.elementType.isOpaque ? nil : $0.converted(to: Double.self) }?.last ?? 1
    guard scale > 0, scale.isFinite, let width = Int(checked: (Double(size.width) / scale).rounded()),
      let height = Int(checked: (Double(size.height) / scale).rounded())
    else { return nil }
    return PreparedPicture.Frame(
      picture: PreparedPicture.Size(width: width, height: height), input: size, content: size, scale: scale)
  }

  /// What the network says of the picture; nil where nothing is known of how its outputs are read, or of how its
  /// input lies over a picture.
  ///
  /// - Throws: `RecipeError` where the outputs are not what the recipe takes.
  package func result(
    of outputs: OrderedDictionary<String, Tensor>, options: DetectionOptions
  ) throws(RecipeError) -> NetworkResult? {
    guard let recipe, let frame else { return nil }
    var values: [String: Tensor] = [:]
    for (name, tensor) in tensors { values[name] = tensor }
    for (name, tensor) in outputs { values[name] = tensor }
    return try recipe.result(of: values, frame: frame, options: options)
  }
}
