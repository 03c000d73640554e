import COneDNN
import ECGNetwork

// Everything that is particular to version 2 of oneDNN's C interface: descriptors, primitives, execution. Version 3
// renamed these calls; nothing outside this file makes them.

/// Sizes of a tensor and how its values lie in memory.
struct MemoryFormat: Equatable {
  fileprivate var descriptor: dnnl_memory_desc_t

  var byteCount: Int { withUnsafePointer(to: descriptor) { dnnl_memory_desc_get_size($0) } }
  var rank: Int { Int(descriptor.ndims) }

  static func == (a: MemoryFormat, b: MemoryFormat) -> Bool {
    withUnsafePointer(to: a.descriptor) { a in
      withUnsafePointer(to: b.descriptor) { b in dnnl_memory_desc_equal(a, b) != 0 }
    }
  }

  /// `sizes` at `strides`, in values.
  static func strided(_ sizes: [Int], _ strides: [Int]) throws(TrainingError) -> MemoryFormat {
    var format = MemoryFormat(descriptor: dnnl_memory_desc_t())
    try check(
      "dnnl_memory_desc_init_by_strides",
      dnnl_memory_desc_init_by_strides(
        &format.descriptor, Int32(sizes.count), sizes.map(Int64.init), dnnl_f32, strides.map(Int64.init)))
    return format
  }

  /// Row-major in the order of `sizes`.
  static func plain(_ sizes: [Int]) throws(TrainingError) -> MemoryFormat {
    var strides = [Int](repeating: 1, count: sizes.count)
    for i in (0..<sizes.count - 1).reversed() { strides[i] = strides[i + 1] * sizes[i + 1] }
    return try strided(sizes, strides)
  }

  /// Samples × channels × height × width, with channels varying fastest: what the trainer is given.
  static func channelsLast(_ batch: Int, _ shape: Shape) throws(TrainingError) -> MemoryFormat {
    let (height, width, channels) = (Int(shape.height), Int(shape.width), Int(shape.channels))
    return try strided(
      [batch, channels, height, width], [height * width * channels, 1, width * channels, channels])
  }

  /// Samples × channels × height × width in blocks of 16 channels.
  static func blocked(_ batch: Int, _ shape: Shape) throws(TrainingError) -> MemoryFormat {
    var format = MemoryFormat(descriptor: dnnl_memory_desc_t())
    let sizes = [batch, Int(shape.channels), Int(shape.height), Int(shape.width)].map(Int64.init)
    try check(
      "dnnl_memory_desc_init_by_tag",
      dnnl_memory_desc_init_by_tag(&format.descriptor, 4, sizes, dnnl_f32, dnnl_nChw16c))
    return format
  }

  /// What lies behind a layer: samples × values for features, channels last for steps and images.
  static func keras(_ batch: Int, _ shape: Shape) throws(TrainingError) -> MemoryFormat {
    shape.rank == 1 ? try plain([batch, shape.count]) : try channelsLast(batch, shape)
  }

  /// The part of this format that begins at channel `first` and has `count` of them. Blocks of channels are not divided.
  func channels(from first: Int, count: Int) throws(TrainingError) -> MemoryFormat {
    var part = MemoryFormat(descriptor: dnnl_memory_desc_t())
    var sizes = sizes.map(Int64.init)
    sizes[1] = Int64(count)
    var offsets = [Int64](repeating: 0, count: sizes.count)
    offsets[1] = Int64(first)
    let status = withUnsafePointer(to: descriptor) {
      dnnl_memory_desc_init_submemory(&part.descriptor, $0, sizes, offsets)
    }
    try check("dnnl_memory_desc_init_submemory", status)
    return part
  }

  /// `sizes` in whatever order oneDNN finds fastest.
  static func any(_ sizes: [Int], _ precision: Precision = .float32) throws(TrainingError) -> MemoryFormat {
    var format = MemoryFormat(descriptor: dnnl_memory_desc_t())
    try check(
      "dnnl_memory_desc_init_by_tag",
      dnnl_memory_desc_init_by_tag(
        &format.descriptor, Int32(sizes.count), sizes.map(Int64.init), precision.dataType, dnnl_format_tag_any))
    return format
  }

  /// The same order of values of this precision.
  func with(_ precision: Precision) -> MemoryFormat {
    var result = self
    result.descriptor.data_type = precision.dataType
    return result
  }

  /// The same format for another number of samples; nil unless samples lie one after the other, each in one piece.
  func with(batch: Int) -> MemoryFormat? {
    let isBlockedByBatch = withUnsafeBytes(of: descriptor.format_desc.blocking.inner_idxs) {
      $0.bindMemory(to: Int64.self).prefix(Int(descriptor.format_desc.blocking.inner_nblks)).contains(0)
    }
    guard !isBlockedByBatch, byteCount == sizes[0] * Int(descriptor.format_desc.blocking.strides.0) * 4 else {
      return nil
    }
    var result = self
    result.descriptor.dims.0 = Int64(batch)
    result.descriptor.padded_dims.0 = Int64(batch)
    return result
  }

  var sizes: [Int] {
    withUnsafeBytes(of: descriptor.dims) { $0.bindMemory(to: Int64.self).prefix(rank).map { Int($0) } }
  }
}

private func check(_ call: String, _ status: dnnl_status_t) throws(TrainingError) {
  if status == dnnl_out_of_memory { throw .outOfMemory(bytes: 0) }
  guard status == dnnl_success else { throw .oneDNN(call: call, status: status.rawValue) }
}

/// The tensors of a primitive, by the part they play.
enum TensorRole: Equatable {
  case source, weights, bias, destination, workspace
  case sourceGradient, weightsGradient, biasGradient, destinationGradient
  case mean, variance, scale, shift, scaleGradient, shiftGradient
  case from, to
  /// One of several sources.
  case part(Int)

  fileprivate var argument: Int32 {
    switch self {
    case .source, .from: DNNL_ARG_SRC
    case .weights: DNNL_ARG_WEIGHTS
    case .bias: DNNL_ARG_BIAS
    case .destination, .to: DNNL_ARG_DST
    case .workspace: DNNL_ARG_WORKSPACE
    case .sourceGradient: DNNL_ARG_DIFF_SRC
    case .weightsGradient: DNNL_ARG_DIFF_WEIGHTS
    case .biasGradient: DNNL_ARG_DIFF_BIAS
    case .destinationGradient: DNNL_ARG_DIFF_DST
    case .mean: DNNL_ARG_MEAN
    case .variance: DNNL_ARG_VARIANCE
    case .scale: DNNL_ARG_SCALE
    case .shift: DNNL_ARG_SHIFT
    case .scaleGradient: DNNL_ARG_DIFF_SCALE
    case .shiftGradient: DNNL_ARG_DIFF_SHIFT
    case .part(let number): DNNL_ARG_MULTIPLE_SRC + Int32(number)
    }
  }

  fileprivate var query: dnnl_query_t {
    switch self {
    case .source, .from: dnnl_query_src_md
    case .weights, .bias: dnnl_query_weights_md
    case .destination, .to: dnnl_query_dst_md
    case .workspace: dnnl_query_workspace_md
    case .sourceGradient: dnnl_query_diff_src_md
    case .weightsGradient, .biasGradient: dnnl_query_diff_weights_md
    case .destinationGradient: dnnl_query_diff_dst_md
    case .mean, .variance, .scale, .shift, .scaleGradient, .shiftGradient, .part:
      preconditionFailure("their formats are given, not asked for")
    }
  }
}

/// A computation that oneDNN has chosen an implementation for, and the memory formats it wants.
final class Choice {
  fileprivate let descriptor: dnnl_primitive_desc_t

  fileprivate init(_ descriptor: dnnl_primitive_desc_t) { self.descriptor = descriptor }

  func format(_ role: TensorRole) -> MemoryFormat {
    let index: Int32 = role == .bias || role == .biasGradient ? 1 : 0
    return MemoryFormat(descriptor: dnnl_primitive_desc_query_md(descriptor, role.query, index).pointee)
  }

  deinit { dnnl_primitive_desc_destroy(descriptor) }
}

/// A computation bound to its tensors.
final class Primitive {
  private let primitive: dnnl_primitive_t
  private let stream: dnnl_stream_t
  private let arguments: [dnnl_exec_arg_t]
  private let tensors: [Tensor]

  fileprivate init(_ primitive: dnnl_primitive_t, _ stream: dnnl_stream_t, _ tensors: [(TensorRole, Tensor)]) {
    self.primitive = primitive
    self.stream = stream
    self.tensors = tensors.map(\.1)
    arguments = tensors.map { dnnl_exec_arg_t(arg: $0.0.argument, memory: $0.1.memory) }
  }

  func run() throws(TrainingError) {
    try check(
      "dnnl_primitive_execute", dnnl_primitive_execute(primitive, stream, Int32(arguments.count), arguments))
  }

  deinit { dnnl_primitive_destroy(primitive) }
}

/// How a window walks over an image, for convolution and pooling.
struct WindowGeometry {
  let window: [Int64]
  let strides: [Int64]
  let before: [Int64]
  let after: [Int64]

  init(_ layer: Layer, input: Shape, output: Shape) {
    let first = layer.paddingBefore(input)
    func after(_ size: Int32, _ positions: Int32, _ window: Int32, _ stride: Int32, _ before: Int32) -> Int64 {
      let covered = Int64(positions - 1) * Int64(stride) + Int64(window)
      // Values that a stride leaves over at the end are read by no window.
      return max(0, covered - Int64(size) - Int64(before))
    }
    window = [Int64(layer.window.height), Int64(layer.window.width)]
    strides = [Int64(layer.stride.height), Int64(layer.stride.width)]
    before = [Int64(first.height), Int64(first.width)]
    self.after = [
      after(input.height, output.height, layer.window.height, layer.stride.height, first.height),
      after(input.width, output.width, layer.window.width, layer.stride.width, first.width),
    ]
  }
}

/// oneDNN's engine for the processor, and makers for what the trainer computes.
final class OneDNN {
  private let engine: dnnl_engine_t
  private let stream: dnnl_stream_t

  init() throws(TrainingError) {
    var engine: dnnl_engine_t?
    try check("dnnl_engine_create", dnnl_engine_create(&engine, dnnl_cpu, 0))
    var stream: dnnl_stream_t?
    try check("dnnl_stream_create", dnnl_stream_create(&stream, engine, UInt32(dnnl_stream_default_flags.rawValue)))
    self.engine = engine!
    self.stream = stream!
  }

  deinit {
    dnnl_stream_destroy(stream)
    dnnl_engine_destroy(engine)
  }

  func memory(_ format: MemoryFormat, at start: UnsafeMutableRawPointer) throws(TrainingError) -> dnnl_memory_t {
    var memory: dnnl_memory_t?
    var descriptor = format.descriptor
    try check("dnnl_memory_create", dnnl_memory_create(&memory, &descriptor, engine, start))
    return memory!
  }

  func primitive(_ choice: Choice, _ tensors: [(TensorRole, Tensor)]) throws(TrainingError) -> Primitive {
    var primitive: dnnl_primitive_t?
    try check("dnnl_primitive_create", dnnl_primitive_create(&primitive, choice.descriptor))
    return Primitive(primitive!, stream, tensors)
  }

  private func choose<D>(
    _ name: String, _ descriptor: D, attributes: dnnl_primitive_attr_t? = nil, forward: Choice? = nil
  ) throws(TrainingError) -> Choice {
    var result: dnnl_primitive_desc_t?
    let status = withUnsafePointer(to: descriptor) {
      dnnl_primitive_desc_create(&result, $0, attributes, engine, forward?.descriptor)
    }
    try check("dnnl_primitive_desc_create (\(name))", status)
    return Choice(result!)
  }

  // MARK: Copies between formats

  func reorder(from source: Tensor, to destination: Tensor) throws(TrainingError) -> Primitive {
    var (from, to) = (source.format.descriptor, destination.format.descriptor)
    var result: dnnl_primitive_desc_t?
    try check(
      "dnnl_reorder_primitive_desc_create",
      dnnl_reorder_primitive_desc_create(&result, &from, engine, &to, engine, nil))
    return try primitive(Choice(result!), [(.from, source), (.to, destination)])
  }

  // MARK: Convolution

  /// Convolution, with the activation applied to the result.
  func convolution(
    source: MemoryFormat, weights: MemoryFormat, bias: MemoryFormat?, destination: MemoryFormat,
    _ geometry: WindowGeometry, activation: Layer.Activation
  ) throws(TrainingError) -> Choice {
    var (source, weights, destination) = (source.descriptor, weights.descriptor, destination.descriptor)
    var descriptor = dnnl_convolution_desc_t()
    try check(
      "dnnl_convolution_forward_desc_init",
      withOptional(bias) {
        dnnl_convolution_forward_desc_init(
          &descriptor, dnnl_forward_training, dnnl_convolution_auto, &source, &weights, $0, &destination,
          geometry.strides, geometry.before, geometry.after)
      })
    return try withActivation(activation) { attributes throws(TrainingError) in
      try choose("convolution", descriptor, attributes: attributes)
    }
  }

  func convolutionSourceGradient(
    source: MemoryFormat, weights: MemoryFormat, destination: MemoryFormat, _ geometry: WindowGeometry, forward: Choice
  ) throws(TrainingError) -> Choice {
    var (source, weights, destination) = (source.descriptor, weights.descriptor, destination.descriptor)
    var descriptor = dnnl_convolution_desc_t()
    try check(
      "dnnl_convolution_backward_data_desc_init",
      dnnl_convolution_backward_data_desc_init(
        &descriptor, dnnl_convolution_auto, &source, &weights, &destination, geometry.strides, geometry.before,
        geometry.after))
    return try choose("convolution, source gradient", descriptor, forward: forward)
  }

  func convolutionWeightsGradient(
    source: MemoryFormat, weights: MemoryFormat, bias: MemoryFormat?, destination: MemoryFormat,
    _ geometry: WindowGeometry, forward: Choice
  ) throws(TrainingError) -> Choice {
    var (source, weights, destination) = (source.descriptor, weights.descriptor, destination.descriptor)
    var descriptor = dnnl_convolution_desc_t()
    try check(
      "dnnl_convolution_backward_weights_desc_init",
      withOptional(bias) {
        dnnl_convolution_backward_weights_desc_init(
          &descriptor, dnnl_convolution_auto, &source, &weights, $0, &destination, geometry.strides, geometry.before,
          geometry.after)
      })
    return try choose("convolution, weights gradient", descriptor, forward: forward)
  }

  // MARK: Dense

  func dense(
    source: MemoryFormat, weights: MemoryFormat, bias: MemoryFormat?, destination: MemoryFormat,
    activation: Layer.Activation
  ) throws(TrainingError) -> Choice {
    var (source, weights, destination) = (source.descriptor, weights.descriptor, destination.descriptor)
    var descriptor = dnnl_inner_product_desc_t()
    try check(
      "dnnl_inner_product_forward_desc_init",
      withOptional(bias) {
        dnnl_inner_product_forward_desc_init(&descriptor, dnnl_forward_training, &source, &weights, $0, &destination)
      })
    return try withActivation(activation) { attributes throws(TrainingError) in
      try choose("dense", descriptor, attributes: attributes)
    }
  }

  func denseSourceGradient(
    source: MemoryFormat, weights: MemoryFormat, destination: MemoryFormat, forward: Choice
  ) throws(TrainingError) -> Choice {
    var (source, weights, destination) = (source.descriptor, weights.descriptor, destination.descriptor)
    var descriptor = dnnl_inner_product_desc_t()
    try check(
      "dnnl_inner_product_backward_data_desc_init",
      dnnl_inner_product_backward_data_desc_init(&descriptor, &source, &weights, &destination))
    return try choose("dense, source gradient", descriptor, forward: forward)
  }

  func denseWeightsGradient(
    source: MemoryFormat, weights: MemoryFormat, bias: MemoryFormat?, destination: MemoryFormat, forward: Choice
  ) throws(TrainingError) -> Choice {
    var (source, weights, destination) = (source.descriptor, weights.descriptor, destination.descriptor)
    var descriptor = dnnl_inner_product_desc_t()
    try check(
      "dnnl_inner_product_backward_weights_desc_init",
      withOptional(bias) {
        dnnl_inner_product_backward_weights_desc_init(&descriptor, &source, &weights, $0, &destination)
      })
    return try choose("dense, weights gradient", descriptor, forward: forward)
  }

  // MARK: Pooling

  /// What becomes of a window's values.
  enum Pooling {
    case largest
    case mean

    fileprivate var algorithm: dnnl_alg_kind_t {
      self == .largest ? dnnl_pooling_max : dnnl_pooling_avg_exclude_padding
    }
    fileprivate var name: String { self == .largest ? "max-pooling" : "average pooling" }
  }

  func pooling(_ pooling: Pooling, source: MemoryFormat, destination: MemoryFormat, _ geometry: WindowGeometry)
    throws(TrainingError) -> Choice
  {
    var (source, destination) = (source.descriptor, destination.descriptor)
    var descriptor = dnnl_pooling_desc_t()
    try check(
      "dnnl_pooling_forward_desc_init",
      dnnl_pooling_forward_desc_init(
        &descriptor, dnnl_forward_training, pooling.algorithm, &source, &destination, geometry.strides,
        geometry.window, geometry.before, geometry.after))
    return try choose(pooling.name, descriptor)
  }

  func poolingGradient(
    _ pooling: Pooling, source: MemoryFormat, destination: MemoryFormat, _ geometry: WindowGeometry, forward: Choice
  ) throws(TrainingError) -> Choice {
    var (source, destination) = (source.descriptor, destination.descriptor)
    var descriptor = dnnl_pooling_desc_t()
    try check(
      "dnnl_pooling_backward_desc_init",
      dnnl_pooling_backward_desc_init(
        &descriptor, pooling.algorithm, &source, &destination, geometry.strides, geometry.window, geometry.before,
        geometry.after))
    return try choose("\(pooling.name), gradient", descriptor, forward: forward)
  }

  // MARK: Batch normalisation

  /// With the batch's own mean and variance, which are put out; or, for `given` ones, with those.
  func normalization(_ format: MemoryFormat, epsilon: Float, given: Bool, rectifies: Bool) throws(TrainingError)
    -> Choice
  {
    var format = format.descriptor
    var descriptor = dnnl_batch_normalization_desc_t()
    var flags = dnnl_use_scale.rawValue | dnnl_use_shift.rawValue
    if given { flags |= dnnl_use_global_stats.rawValue }
    if rectifies { flags |= dnnl_fuse_norm_relu.rawValue }
    try check(
      "dnnl_batch_normalization_forward_desc_init",
      dnnl_batch_normalization_forward_desc_init(
        &descriptor, given ? dnnl_forward_inference : dnnl_forward_training, &format, epsilon, flags))
    return try choose("batch normalisation", descriptor)
  }

  func normalizationGradient(_ format: MemoryFormat, epsilon: Float, rectifies: Bool, forward: Choice)
    throws(TrainingError) -> Choice
  {
    var format = format.descriptor
    var descriptor = dnnl_batch_normalization_desc_t()
    var flags = dnnl_use_scale.rawValue | dnnl_use_shift.rawValue
    if rectifies { flags |= dnnl_fuse_norm_relu.rawValue }
    try check(
      "dnnl_batch_normalization_backward_desc_init",
      dnnl_batch_normalization_backward_desc_init(&descriptor, dnnl_backward, &format, &format, epsilon, flags))
    return try choose("batch normalisation, gradient", descriptor, forward: forward)
  }

  // MARK: Joining

  /// The channels of all sources, one source's behind the other's.
  func concatenation(_ sources: [MemoryFormat], destination: MemoryFormat) throws(TrainingError) -> Choice {
    var destination = destination.descriptor
    var result: dnnl_primitive_desc_t?
    try check(
      "dnnl_concat_primitive_desc_create",
      dnnl_concat_primitive_desc_create(
        &result, &destination, Int32(sources.count), 1, sources.map(\.descriptor), nil, engine))
    return Choice(result!)
  }

  // MARK: Products

  /// c = a · b (+ c where `adds`), each row-major with rows that begin `stride` values apart; a or b may be turned.
  func multiply(
    _ a: Matrix, _ b: Matrix, adds: Bool = false, to c: UnsafeMutablePointer<Float>, stride: Int
  ) throws(TrainingError) {
    try check(
      "dnnl_sgemm",
      dnnl_sgemm(
        CChar(UInt8(ascii: a.isTurned ? "T" : "N")), CChar(UInt8(ascii: b.isTurned ? "T" : "N")), Int64(a.rows),
        Int64(b.columns), Int64(a.columns), 1, a.values, Int64(a.stride), b.values, Int64(b.stride), adds ? 1 : 0, c,
        Int64(stride)))
  }

  /// A matrix as it lies in memory, or with rows and columns exchanged.
  struct Matrix {
    let values: UnsafePointer<Float>
    /// Of the matrix that is meant.
    let rows: Int
    let columns: Int
    let stride: Int
    let isTurned: Bool

    init(_ values: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
      (self.values, self.rows, self.columns, isTurned) = (values, rows, columns, false)
      self.stride = stride ?? columns
    }

    private init(turning matrix: Matrix) {
      (values, stride, isTurned) = (matrix.values, matrix.stride, !matrix.isTurned)
      (rows, columns) = (matrix.columns, matrix.rows)
    }

    var turned: Matrix { Matrix(turning: self) }
  }

  // MARK: Activations

  /// The activation of every value.
  func activation(_ activation: Layer.Activation, _ format: MemoryFormat) throws(TrainingError) -> Choice {
    var format = format.descriptor
    var descriptor = dnnl_eltwise_desc_t()
    try check(
      "dnnl_eltwise_forward_desc_init",
      dnnl_eltwise_forward_desc_init(
        &descriptor, dnnl_forward_training, activation.algorithm, &format, activation.alpha, 0))
    return try choose("activation", descriptor)
  }

  /// The gradient before an activation, from its result and the gradient behind it.
  func activationGradient(_ activation: Layer.Activation, _ format: MemoryFormat, forward: Choice)
    throws(TrainingError) -> Choice
  {
    var format = format.descriptor
    var descriptor = dnnl_eltwise_desc_t()
    try check(
      "dnnl_eltwise_backward_desc_init",
      dnnl_eltwise_backward_desc_init(
        &descriptor, activation.algorithm, &format, &format, activation.alpha, 0))
    return try choose("activation, gradient", descriptor, forward: forward)
  }

  // MARK: Helpers

  private func withActivation(
    _ activation: Layer.Activation, _ body: (dnnl_primitive_attr_t?) throws(TrainingError) -> Choice
  ) throws(TrainingError) -> Choice {
    guard activation != .linear else { return try body(nil) }
    var operations: dnnl_post_ops_t?
    try check("dnnl_post_ops_create", dnnl_post_ops_create(&operations))
    defer { dnnl_post_ops_destroy(operations) }
    try check(
      "dnnl_post_ops_append_eltwise",
      dnnl_post_ops_append_eltwise(
        operations, 1, activation.plainAlgorithm, activation.alpha, 0))
    var attributes: dnnl_primitive_attr_t?
    try check("dnnl_primitive_attr_create", dnnl_primitive_attr_create(&attributes))
    defer { dnnl_primitive_attr_destroy(attributes) }
    try check("dnnl_primitive_attr_set_post_ops", dnnl_primitive_attr_set_post_ops(attributes, operations))
    return try body(attributes)
  }

  private func withOptional<R>(_ format: MemoryFormat?, _ body: (UnsafePointer<dnnl_memory_desc_t>?) -> R) -> R {
    guard let format else { return body(nil) }
    return withUnsafePointer(to: format.descriptor, body)
  }
}

extension Precision {
  fileprivate var dataType: dnnl_data_type_t { self == .float32 ? dnnl_f32 : dnnl_bf16 }
}

extension Layer.Activation {
  /// The kind whose gradient comes from the result, so that the value before need not be kept.
  fileprivate var algorithm: dnnl_alg_kind_t {
    switch self {
    case .relu: dnnl_eltwise_relu_use_dst_for_bwd
    case .tanh: dnnl_eltwise_tanh_use_dst_for_bwd
    case .sigmoid: dnnl_eltwise_logistic_use_dst_for_bwd
    case .elu: dnnl_eltwise_elu_use_dst_for_bwd
    case .linear, .softmax: preconditionFailure("not elementwise")
    }
  }

  /// The kind behind another computation.
  fileprivate var plainAlgorithm: dnnl_alg_kind_t {
    switch self {
    case .relu: dnnl_eltwise_relu
    case .tanh: dnnl_eltwise_tanh
    case .sigmoid: dnnl_eltwise_logistic
    case .elu: dnnl_eltwise_elu
    case .linear, .softmax: preconditionFailure("not elementwise")
    }
  }

  fileprivate var alpha: Float { self == .elu ? 1 : 0 }
}
