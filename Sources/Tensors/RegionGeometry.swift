/// A bin of a region of a channels-last map: a rectangle that becomes one element a channel.
package struct RegionBin: BitwiseCopyable, Sendable {
  /// The map's element of the upper left place's first channel.
  package var first: Int
  package var rows: Int
  package var columns: Int
  /// The output's element of the first channel.
  package var target: Int

  package init(first: Int, rows: Int, columns: Int, target: Int) {
    self.first = first
    self.rows = rows
    self.columns = columns
    self.target = target
  }
}

/// How bins of rectangles are read.
package struct RegionReading: Sendable {
  /// Elements from one row of the map to the next.
  package var rowStride: Int
  /// Elements from one place of a row to the next.
  package var columnStride: Int
  /// Channels of each bin, next to each other.
  package var channels: Int
  /// Whether the largest element is taken, else the mean; an empty bin gives 0.
  package var takesMaximum: Bool

  package init(rowStride: Int, columnStride: Int, channels: Int, takesMaximum: Bool) {
    self.rowStride = rowStride
    self.columnStride = columnStride
    self.channels = channels
    self.takesMaximum = takesMaximum
  }
}

/// What the samples of a bin take of one row or one column of a map.
package struct AxisTap<Element: Lane>: BitwiseCopyable, Sendable {
  /// Elements from the map's first row or column.
  package var offset: Int
  package var weight: Element

  package init(offset: Int, weight: Element) {
    self.offset = offset
    self.weight = weight
  }
}

/// A bin of bilinear samples that stand on a grid: each element under it counts with the product of its row's
/// and its column's weight.
package struct SampledBin: BitwiseCopyable, Sendable {
  /// The map's element of the upper left place's first channel.
  package var first: Int
  /// Where the rows' taps begin, and how many there are.
  package var row: Int
  package var rowCount: Int
  /// The same of the columns.
  package var column: Int
  package var columnCount: Int
  /// Samples, by which the sum is divided; 0 gives 0.
  package var samples: Int
  /// The output's element of the first channel.
  package var target: Int

  package init(
    first: Int, rows: Range<Int>, columns: Range<Int>, samples: Int, target: Int
  ) {
    self.first = first
    row = rows.lowerBound
    rowCount = rows.count
    column = columns.lowerBound
    columnCount = columns.count
    self.samples = samples
    self.target = target
  }
}

/// A bin of bilinear samples that stand on a grid of one plane `[H, W]`.
package struct GridBin: BitwiseCopyable, Sendable {
  /// Where the first sample stands along an axis, and how far it is to the next, in map elements.
  package typealias Axis = (begin: Float, step: Float)

  /// The plane's first element; nil where the bin has no samples.
  package var first: Int?
  package var rows: Axis
  package var columns: Axis
  /// The output's element.
  package var target: Int

  package init(first: Int?, rows: Axis, columns: Axis, target: Int) {
    self.first = first
    self.rows = rows
    self.columns = columns
    self.target = target
  }
}

/// How gradients of sampled bins are spread over a map of some of the channels.
package struct BinSpreading: Sendable {
  /// Channels of each bin.
  package var channels: Int
  /// Elements of the data from one place to the next.
  package var dataStride: Int
  /// Elements of the spread map from one place to the next.
  package var mapStride: Int
  /// The data's element that the map's first stands for; a bin's `first` counts from here.
  package var origin: Int

  package init(channels: Int, dataStride: Int, mapStride: Int, origin: Int) {
    self.channels = channels
    self.dataStride = dataStride
    self.mapStride = mapStride
    self.origin = origin
  }
}
