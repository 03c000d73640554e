/// Part of a whole, or nil when there is no whole: a share of nothing is undefined, not 0.
func ratio(_ part: Int, _ whole: Int) -> Double? { whole > 0 ? Double(part) / Double(whole) : nil }
