/// Whether `a` comes before `b` when runs of digits count as numbers: "rec_2" before "rec_10".
func inNaturalOrder(_ a: String, _ b: String) -> Bool {
  var x = Substring(a).utf8
  var y = Substring(b).utf8
  while let p = x.first, let q = y.first {
    if isDigit(p), isDigit(q) {
      let m = takeNumber(&x)
      let n = takeNumber(&y)
      // Without leading zeros the longer number is the larger one, whatever its length.
      if m.count != n.count { return m.count < n.count }
      if !m.elementsEqual(n) { return m.lexicographicallyPrecedes(n) }
    } else if p != q {
      return p < q
    } else {
      x.removeFirst()
      y.removeFirst()
    }
  }
  if x.isEmpty != y.isEmpty { return x.isEmpty }
  return a < b  // equal but for leading zeros
}

private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

/// Takes the digits at the start of `text`; returns them without leading zeros.
private func takeNumber(_ text: inout Substring.UTF8View) -> Substring.UTF8View {
  let digits = text.prefix(while: isDigit)
  text = text[digits.endIndex...]
  return digits.drop { $0 == 48 }
}
