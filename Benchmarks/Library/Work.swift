import ECGNetwork

/// What one beat takes at the least if every layer is computed as it is defined: weights to be read once, and
/// multiplications. What never acts does not count: columns of square kernels beside an image of width 1, and, before there is
/// a state, the recurrent kernel and an LSTM's gate that forgets.
struct Work {
  private(set) var bytes = 0
  private(set) var multiplications = 0

  init(_ network: NetworkDescription, _ storage: Layer.Storage) throws {
    let outputs = try network.shapes
    let inputs = try network.inputShapes
    for (index, layer) in network.layers.enumerated() where layer.hasKernels {
      for kernel in 0..<layer.parameterCount where layer.isKernel(kernel) {
        let form = try layer.integerKernel(kernel, input: inputs[index])
        let steps = inputs[index].positions
        let uses =
          switch layer.kind {
          case .convolution: outputs[index].count / form.columns
          case .lstm, .gru: steps - kernel
          default: steps
          }
        let column = form.segments * (storage == .int8 ? 4 * form.groups : form.depth)
        let acting = layer.kind == .lstm && steps == 1 ? form.columns / 4 * 3 : form.columns
        multiplications += uses * form.segments * form.depth * acting
        if uses > 0 { bytes += column * acting * (storage == .int8 ? 1 : storage == .float16 ? 2 : 4) }
      }
    }
  }
}
