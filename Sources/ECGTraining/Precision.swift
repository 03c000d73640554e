import COneDNN

/// The numbers that matrix products multiply while a network is trained.
public enum Precision: String, Sendable, Equatable, Codable, CaseIterable {
  case float32
  /// Factors rounded to 8 significant bits, products added up in float32: about twice as fast on processors that have
  /// it. Everything else stays float32: weights and their updates, bias, activations, batch normalisation, the loss.
  case bfloat16

  /// Whether this processor computes with it.
  public var isSupported: Bool {
    let needed = dnnl_cpu_isa_avx512_core_bf16.rawValue
    return self == .float32 || dnnl_get_effective_cpu_isa().rawValue & needed == needed
  }

  func check() throws(TrainingError) {
    guard isSupported else {
      throw .option("this processor has no products of bfloat16 (AVX512_BF16); train in float32")
    }
  }
}
