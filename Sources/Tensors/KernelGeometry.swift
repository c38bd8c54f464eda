/// Sizes of a product of rows with packed panels.
package struct RowProduct: Sendable {
  package var rows: Int
  package var depth: Int
  /// Elements from one row to the next.
  package var rowStride: Int
  package var columns: Int
  /// The output's first element, and elements from one output row to the next.
  package var outputOffset: Int
  package var outputStride: Int
  /// Whether the output's present content is added to.
  package var accumulates: Bool
  /// Whether negative results become 0, behind bias and addend.
  package var rectifies: Bool

  package init(
    rows: Int, depth: Int, rowStride: Int, columns: Int, outputOffset: Int, outputStride: Int,
    accumulates: Bool = false, rectifies: Bool = false
  ) {
    self.rows = rows
    self.depth = depth
    self.rowStride = rowStride
    self.columns = columns
    self.outputOffset = outputOffset
    self.outputStride = outputStride
    self.accumulates = accumulates
    self.rectifies = rectifies
  }
}

/// Sizes of a product of rows with the packed panels of several narrow groups.
package struct GroupProduct: Sendable {
  package var rows: Int
  /// Elements from one row to the next.
  package var rowStride: Int
  package var taps: Int
  /// Elements of a row from one tap to the next.
  package var tapStride: Int
  /// Channels of a group, next to each other; the groups' follow one another.
  package var channels: Int
  package var groups: Int
  /// Columns of a group, next to each other; the groups' follow one another.
  package var columns: Int
  /// The output's first element, and elements from one output row to the next.
  package var outputOffset: Int
  package var outputStride: Int
  /// Whether the output's present content is added to.
  package var accumulates: Bool

  package init(
    rows: Int, rowStride: Int, taps: Int, tapStride: Int, channels: Int, groups: Int, columns: Int,
    outputOffset: Int, outputStride: Int, accumulates: Bool
  ) {
    self.rows = rows
    self.rowStride = rowStride
    self.taps = taps
    self.tapStride = tapStride
    self.channels = channels
    self.groups = groups
    self.columns = columns
    self.outputOffset = outputOffset
    self.outputStride = outputStride
    self.accumulates = accumulates
  }

  /// Products of one element.
  package var depth: Int { taps * channels }
}

/// A part of a weight tensor as a matrix `[taps · channels, columns]`.
package struct WeightBlock: Sendable {
  /// The element of channel 0, column 0 of each tap.
  package var taps: [Int]
  package var channels: Range<Int>
  /// Elements from one channel to the next.
  package var channelStride: Int
  package var columns: Int
  /// Elements from one column to the next.
  package var columnStride: Int

  package init(taps: [Int], channels: Range<Int>, channelStride: Int, columns: Int, columnStride: Int) {
    self.taps = taps
    self.channels = channels
    self.channelStride = channelStride
    self.columns = columns
    self.columnStride = columnStride
  }
}

/// Which columns of a matrix are written as rows, and in which order its rows become their elements.
package struct Transposition: Sendable {
  /// Rows of the matrix, a multiple of the groups.
  package var rows: Int
  package var columns: Range<Int>
  /// Element g·(rows / groups) + k of a result's row comes from the matrix's row k·groups + g.
  package var groups: Int
  /// Elements from one of the result's rows to the next, at least as many as a row has.
  package var stride: Int

  /// - Parameter stride: as many as a row has where it is nil.
  package init(rows: Int, columns: Range<Int>, groups: Int = 1, stride: Int? = nil) {
    self.rows = rows
    self.columns = columns
    self.groups = groups
    self.stride = stride ?? rows
  }

  /// Elements from the first of the result to the last.
  package var resultCount: Int { columns.isEmpty ? 0 : (columns.count - 1) * stride + rows }
}

/// Sizes along depth, height and width; maps of fewer dimensions have 1 in front.
package struct Extent: Hashable, Sendable {
  package var depth: Int
  package var height: Int
  package var width: Int

  package init(depth: Int = 1, height: Int, width: Int) {
    self.depth = depth
    self.height = height
    self.width = width
  }

  package var count: Int { depth * height * width }
}

/// How windows stand on channels-last maps `[N, D, H, W, C]`.
package struct WindowGeometry: Hashable, Sendable {
  package var input: Extent
  package var output: Extent
  package var kernel: Extent
  package var stride: Extent
  package var dilation: Extent
  /// Zeros before the map.
  package var pad: Extent
  package var channels: Int

  package init(
    input: Extent, output: Extent, kernel: Extent, stride: Extent, dilation: Extent, pad: Extent,
    channels: Int
  ) {
    self.input = input
    self.output = output
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    self.pad = pad
    self.channels = channels
  }
}

/// Which windows, taps and channels a row block holds.
package struct WindowRows: Sendable {
  package var geometry: WindowGeometry
  /// Output positions, counted through the batch.
  package var positions: Range<Int>
  package var taps: Range<Int>
  package var channels: Range<Int>

  package init(geometry: WindowGeometry, positions: Range<Int>, taps: Range<Int>, channels: Range<Int>) {
    self.geometry = geometry
    self.positions = positions
    self.taps = taps
    self.channels = channels
  }
}

/// Windows whose taps are displaced.
package struct SampleRows: Sendable {
  package var windows: WindowRows
  package var rule: SampleRule

  package init(windows: WindowRows, rule: SampleRule) {
    self.windows = windows
    self.rule = rule
  }
}

/// The dialect of displaced taps.
package struct SampleRule: Sendable, Hashable {
  /// Which samples near and beyond a map's edge count.
  package enum Border: Sendable {
    /// 0 ≤ y < H and 0 ≤ x < W; the far edge is replicated.
    case closed
    /// −1 < y < H and −1 < x < W; neighbours outside are 0.
    case zero
  }

  /// In what arithmetic a position arises.
  package enum Coordinates: Sendable {
    /// fl32(base + offset).
    case absolute
    /// fl32(tap · dilation + offset), counted from the window's corner.
    case relative
    /// The absolute position rounded to fp16.
    case half
  }

  /// Groups of channels that share their offsets.
  package var deformableGroups: Int
  package var border: Border
  package var coordinates: Coordinates
  package var isYFirst: Bool

  package init(deformableGroups: Int, border: Border, coordinates: Coordinates, isYFirst: Bool) {
    self.deformableGroups = deformableGroups
    self.border = border
    self.coordinates = coordinates
    self.isYFirst = isYFirst
  }
}

/// Windows of which one number is left a channel.
package struct PoolRows: Sendable {
  /// What a sum is divided by.
  package enum Divisor: Sendable {
    case none
    /// The window's elements inside the padded map.
    case padded
    /// The window's elements inside the map.
    case inside
    /// The kernel's elements.
    case kernel
  }

  package var geometry: WindowGeometry
  /// Elements behind the map that count as padding.
  package var padEnd: Extent
  package var positions: Range<Int>
  /// Whether the largest element is taken, else the sum; a window without any gives the least fp32 number.
  package var takesMaximum: Bool
  package var divisor: Divisor

  package init(
    geometry: WindowGeometry, padEnd: Extent, positions: Range<Int>, takesMaximum: Bool, divisor: Divisor
  ) {
    self.geometry = geometry
    self.padEnd = padEnd
    self.positions = positions
    self.takesMaximum = takesMaximum
    self.divisor = divisor
  }
}

/// Functions of two numbers that are worth a kernel.
package enum BinaryFunction: Sendable, CaseIterable {
  case add, subtract, multiply, divide
  /// NaN of either side stays.
  case maximum, minimum
}

/// Where a row block's elements stand: channels in groups, each group's taps together.
///
/// Tap t and channel c of row r, counted from the block's first, are at
/// `r·rowStride + (c / groupSize)·groupStride + t·groupSize + c % groupSize`.
package struct RowLayout: Sendable {
  package var rowStride: Int
  package var groupSize: Int
  package var groupStride: Int

  package init(rowStride: Int, groupSize: Int, groupStride: Int) {
    self.rowStride = rowStride
    self.groupSize = groupSize
    self.groupStride = groupStride
  }
}
