/// Pairs reference beats with found beats that lie within a tolerance of each other, one to one and in order, by the rule
/// of ANSI/AAMI EC57 and its reference implementation, the WFDB program bxb.
///
/// Both lists are walked together. The earlier of the two next beats is paired with the other list's next beat, unless its
/// own successor lies nearer to that beat and has no still nearer one to go with. So of two beats near one of the other
/// list the nearer is paired, unless that would cost its own neighbour.
///
/// - Parameters:
///   - reference, found: positions in samples, ascending.
///   - tolerance: the largest distance of a pair, in samples.
/// - Returns: pairs of indices into the two lists, ascending in both.
public func matchBeats(
  reference: [Int], found: [Int], tolerance: Double
) -> [(reference: Int, found: Int)] {
  var pairs: [(reference: Int, found: Int)] = []
  pairs.reserveCapacity(min(reference.count, found.count))
  var (r, f) = (0, 0)
  while r < reference.count, f < found.count {
    let referenceIsEarlier = reference[r] <= found[f]
    let isPair =
      referenceIsEarlier
      ? belongTogether(reference, r, found, f, tolerance) : belongTogether(found, f, reference, r, tolerance)
    if isPair {
      pairs.append((r, f))
      r += 1
      f += 1
    } else if referenceIsEarlier {
      r += 1
    } else {
      f += 1
    }
  }
  return pairs
}

/// Whether beat `i`, the earlier one, is paired with beat `j` of the other list.
private func belongTogether(_ list: [Int], _ i: Int, _ other: [Int], _ j: Int, _ tolerance: Double) -> Bool {
  let toOther = distance(list[i], other[j])
  guard toOther <= tolerance else { return false }
  guard i + 1 < list.count else { return true }
  let fromSuccessor = distance(list[i + 1], other[j])
  if toOther <= fromSuccessor { return true }
  return j + 1 < other.count && distance(list[i + 1], other[j + 1]) < fromSuccessor
}

/// In samples. A `Double`, since differences of positions that no recording has must not trap either.
private func distance(_ a: Int, _ b: Int) -> Double { abs(Double(a) - Double(b)) }
