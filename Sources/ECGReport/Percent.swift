import Foundation

/// A share as people read it: "97.3 %", or a dash when there is none.
public func percent(_ share: Double) -> String { share.isFinite ? String(format: "%.1f %%", 100 * share) : "–" }

func percent(_ share: Double?) -> String { percent(share ?? .nan) }
