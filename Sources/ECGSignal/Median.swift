/// The upper median of the first `count` values, which it reorders (Hoare's selection); 0 for none.
func median(_ values: UnsafeMutableBufferPointer<Float>, _ count: Int) -> Float {
  guard count > 0 else { return 0 }
  let target = count / 2
  var (low, high) = (0, count - 1)
  while low < high {
    let pivot = values[low + (high - low) / 2]
    var (i, j) = (low, high)
    while i <= j {
      while values[i] < pivot { i += 1 }
      while values[j] > pivot { j -= 1 }
      if i <= j {
        (values[i], values[j]) = (values[j], values[i])
        i += 1
        j -= 1
      }
    }
    if target <= j {
      high = j
    } else if target >= i {
      low = i
    } else {
      break
    }
  }
  return values[target]
}
