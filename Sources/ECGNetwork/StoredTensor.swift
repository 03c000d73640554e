import CECGKernels

/// Where a tensor's values lie, and in what form; no values before it was set.
struct StoredTensor: BitwiseCopyable {
  var values: UnsafeRawPointer?
  /// Of an int8 kernel, for each column.
  var scales: UnsafePointer<Float>?
  var sums: UnsafePointer<Int32>?
  var storage = Layer.Storage.float32

  /// The same for the kernels in C.
  var weights: ecg_weights { ecg_weights(values: values, scales: scales, sums: sums, storage: storage.rawValue) }
}
