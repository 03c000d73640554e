import ECGCore

/// How a layer is stored in a weights file: a row of 16 integers and a row of 4 numbers.
///
/// Integers: kind, input, second input, units, window height, window width, stride height, stride width, padding,
/// activation, has bias, initializer, third and fourth input (of layers that join several; 2 more than the layer's
/// index, so that 0 is none), whether sequences are returned (of recurrent layers), how kernels are stored. Numbers:
/// dropout rate, l2, epsilon and momentum (of batch normalisation).
public enum LayerTable {
  public static var integerColumns: Int { 16 }
  public static var numberColumns: Int { 4 }
}

extension Layer {
  /// Reads a layer from its two rows; throws `unsupportedLayer` for a kind, activation, padding, initialiser or storage
  /// that this version does not know: a newer version wrote something that would change the answer.
  public init(integers: UnsafeBufferPointer<Int32>, numbers: UnsafeBufferPointer<Float>) throws(Status) {
    guard integers.count == LayerTable.integerColumns, numbers.count == LayerTable.numberColumns else {
      throw .malformed
    }
    guard let kind = Kind(rawValue: integers[0]), let padding = Padding(rawValue: integers[8]),
      let activation = Activation(rawValue: integers[9]), let initializer = Initializer(rawValue: integers[11])
    else { throw .unsupportedLayer }
    guard integers[10] == 0 || integers[10] == 1 else { throw .unsupportedLayer }
    self.init(kind)
    guard let storage = Storage(rawValue: integers[15]) else { throw .unsupportedLayer }
    let isRecurrent = kind == .lstm || kind == .gru
    guard joinsInputs || (integers[12] == 0 && integers[13] == 0),
      integers[14] == 0 || (isRecurrent && integers[14] == 1), hasKernels || storage == .float32,
      kind == .batchNormalization || (numbers[2] == 0 && numbers[3] == 0)
    else { throw .unsupportedLayer }
    input = integers[1]
    secondInput = integers[2]
    units = integers[3]
    window = Extent(Int(integers[4]), Int(integers[5]))
    stride = Extent(Int(integers[6]), Int(integers[7]))
    self.padding = padding
    self.activation = activation
    hasBias = integers[10] != 0
    self.initializer = initializer
    dropoutRate = numbers[0]
    l2 = numbers[1]
    thirdInput = integers[12] &- 2
    fourthInput = integers[13] &- 2
    returnsSequences = integers[14] != 0
    self.storage = storage
    epsilon = numbers[2]
    momentum = numbers[3]
  }

  /// Writes the two rows; the buffers must have the columns that `LayerTable` names.
  public func write(integers: UnsafeMutableBufferPointer<Int32>, numbers: UnsafeMutableBufferPointer<Float>) {
    precondition(integers.count == LayerTable.integerColumns && numbers.count == LayerTable.numberColumns)
    for column in 0..<integers.count { integers[column] = 0 }
    for column in 0..<numbers.count { numbers[column] = 0 }
    integers[0] = kind.rawValue
    integers[1] = input
    integers[2] = secondInput
    integers[3] = units
    integers[4] = window.height
    integers[5] = window.width
    integers[6] = stride.height
    integers[7] = stride.width
    integers[8] = padding.rawValue
    integers[9] = activation.rawValue
    integers[10] = hasBias ? 1 : 0
    integers[11] = initializer.rawValue
    integers[12] = joinsInputs ? thirdInput &+ 2 : 0
    integers[13] = joinsInputs ? fourthInput &+ 2 : 0
    integers[14] = returnsSequences ? 1 : 0
    integers[15] = storage.rawValue
    numbers[0] = dropoutRate
    numbers[1] = l2
    if kind == .batchNormalization {
      numbers[2] = epsilon
      numbers[3] = momentum
    }
  }
}
