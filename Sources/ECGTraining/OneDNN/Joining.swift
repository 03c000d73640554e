import CECGKernels
import ECGNetwork

/// Adds `addend` to `sum`; both in the same memory format.
struct Addition {
  private let sum: Tensor
  private let addend: Tensor
  private let conversion: Primitive?

  init(_ addend: Tensor, to sum: Tensor, layer: Int, _ use: String, _ builder: PlanBuilder) throws(TrainingError) {
    self.sum = sum
    (self.addend, conversion) = try builder.converted(addend, to: sum.format, layer: layer, use)
  }

  func run() throws(TrainingError) {
    try conversion?.run()
    let (from, to) = (addend.floats.baseAddress!, sum.floats.baseAddress!)
    Workers.split(sum.floats.count, grain: 4096) { range in
      ecg_add_values(from + range.lowerBound, to + range.lowerBound, range.count)
    }
  }
}

/// Copies values between tensors of one format.
struct Copy {
  let source: Tensor
  let destination: Tensor

  func run() {
    let (from, to) = (source.floats.baseAddress!, destination.floats.baseAddress!)
    Workers.split(source.floats.count, grain: 4096) { range in
      (to + range.lowerBound).update(from: from + range.lowerBound, count: range.count)
    }
  }
}

/// The sum of several layers. Each has the sum's gradient.
final class AddOperation: Operation {
  private let layer: Int
  private let first: Copy
  private let additions: [Addition]
  private var copies: [Copy] = []

  init(_ layer: Int, inputs: [Tensor], _ builder: PlanBuilder) throws(TrainingError) {
    self.layer = layer
    let output = try builder.activation(inputs[0].format, layer: layer)
    first = Copy(source: inputs[0], destination: output)
    var additions: [Addition] = []
    for (number, input) in inputs.enumerated().dropFirst() {
      additions.append(try Addition(input, to: output, layer: layer, "addend \(number)", builder))
    }
    self.additions = additions
    super.init(output: output)
  }

  override func forward(_ pass: Pass) throws(TrainingError) {
    first.run()
    for addition in additions { try addition.run() }
  }

  override func buildBackward(_ outputGradient: Tensor, needs: [Bool], _ builder: PlanBuilder) throws(TrainingError)
    -> [Tensor?]
  {
    // One input takes the gradient itself; the others may change theirs, and take copies.
    var isTaken = false
    var result: [Tensor?] = []
    for isNeeded in needs {
      guard isNeeded else {
        result.append(nil)
        continue
      }
      if isTaken {
        let copy = Copy(source: outputGradient, destination: try builder.gradient(outputGradient.format))
        copies.append(copy)
        result.append(copy.destination)
      } else {
        result.append(outputGradient)
        isTaken = true
      }
    }
    return result
  }

  override func backward(_ pass: Pass) throws(TrainingError) {
    for copy in copies { copy.run() }
  }
}

/// The channels of several layers, one layer's behind the other's.
final class ConcatenateOperation: Operation {
  private let layer: Int
  private let inputs: [Tensor]
  private let primitive: Primitive
  private var steps: [Primitive] = []

  init(_ layer: Int, in network: CheckedNetwork, inputs: [Tensor], _ builder: PlanBuilder) throws(TrainingError) {
    self.layer = layer
    self.inputs = inputs
    let shape = network.outputs[layer]
    // Blocks of 16 channels can be told apart only if no input ends within one.
    let isBlocked = shape.rank > 1 && inputs.allSatisfy { $0.format.sizes[1] % 16 == 0 }
    let format: MemoryFormat = isBlocked ? try .blocked(builder.batch, shape) : try .keras(builder.batch, shape)
    let choice = try builder.library.concatenation(inputs.map(\.format), destination: format)
    let output = try builder.activation(format, layer: layer)
    primitive = try builder.library.primitive(
      choice, inputs.enumerated().map { (.part($0.offset), $0.element) } + [(.destination, output)])
    super.init(output: output)
  }

  override func forward(_ pass: Pass) throws(TrainingError) { try primitive.run() }

  override func buildBackward(_ outputGradient: Tensor, needs: [Bool], _ builder: PlanBuilder) throws(TrainingError)
    -> [Tensor?]
  {
    let (gradient, conversion) = try builder.converted(outputGradient, to: output.format, layer: layer, "gradient")
    steps = [conversion].compactMap(\.self)
    var first = 0
    var result: [Tensor?] = []
    for (input, isNeeded) in zip(inputs, needs) {
      let count = input.format.sizes[1]
      defer { first += count }
      guard isNeeded else {
        result.append(nil)
        continue
      }
      let part = try gradient.viewed(as: gradient.format.channels(from: first, count: count), builder.library)
      let own = try builder.gradient(input.format)
      steps.append(try builder.library.reorder(from: part, to: own))
      result.append(own)
    }
    return result
  }

  override func backward(_ pass: Pass) throws(TrainingError) {
    for step in steps { try step.run() }
  }
}
