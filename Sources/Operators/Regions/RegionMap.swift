internal import Tensors

/// Where the elements of a channels-last map stand of which regions are pooled.
struct RegionMap {
  let images: Int
  let height: Int
  let width: Int
  /// Channels of one place, of all groups.
  let channels: Int

  init(images: Int, height: Int, width: Int, channels: Int) {
    self.images = images
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// - Parameter argument: a map `[N, C, H, W]`.
  init<T>(_ argument: Site<T>.Argument) {
    self.init(
      images: argument.shape[0], height: argument.shape[2], width: argument.shape[3],
      channels: argument.shape[1])
  }

  var rowStride: Int { width * channels }

  /// The element of an image's first place and a channel.
  func first(image: Int, channel: Int) -> Int { image * height * rowStride + channel }

  /// The bin that a rectangle makes.
  func bin(image: Int, channel: Int, rows: Range<Int>, columns: Range<Int>, target: Int) -> RegionBin {
    RegionBin(
      first: first(image: image, channel: channel) + rows.lowerBound * rowStride
        + columns.lowerBound * channels,
      rows: rows.count, columns: columns.count, target: target)
  }
}

extension RegionBin {
  /// A bin without elements, which gives 0.
  static func empty(target: Int) -> RegionBin { RegionBin(first: 0, rows: 0, columns: 0, target: target) }
}
