/// How many millivolts one `unit` is; nil unless it is a voltage. Upper and lower case mean the same, as files that write
/// `MV` mean millivolts.
func millivolts(perUnit unit: String) -> Double? {
  switch unit.lowercased() {
  case "mv", "millivolt", "millivolts": 1
  case "v", "volt", "volts": 1e3
  case "uv", "\u{B5}v", "\u{3BC}v", "microvolt", "microvolts": 1e-3
  case "nv", "nanovolt", "nanovolts": 1e-6
  default: nil
  }
}
