#if !hasFeature(Embedded)
  import ECGCore

  extension HDF5File {
    /// The texts of an attribute, one for a scalar: of one fixed length, or of any length as h5py writes them. Model files
    /// have only the former where a device looks; this is for files that others wrote.
    ///
    /// Throws `missingEntry` when there is no such attribute, `unsupportedHDF5` when it is no text.
    public func texts(_ name: EntryName, of object: Object) throws(Status) -> [String] {
      let attribute = try find(name, of: object)
      guard !attribute.hasSharedParts else { throw .unsupportedHDF5 }
      // An empty list has the type of whatever it was made from.
      let space = try Dataspace(bytes, at: attribute.spaceStart, size: attribute.spaceSize)
      if space.count == 0 { return [] }
      guard attribute.typeSize >= 8 else { throw .malformed }
      // Class 9 is "variable length", of kind 1 a text. Section IV.A.2.d.
      guard try bytes.byte(attribute.typeStart) & 0x0F == 9 else { return try fixedTexts(attribute.value(bytes)) }
      guard try bytes.byte(attribute.typeStart &+ 1) & 0x0F == 1 else { throw .unsupportedHDF5 }
      // Each is a length, and an address and number in a global heap.
      guard space.count <= attribute.valueSize / 16 else { throw .malformed }
      var texts: [String] = []
      for index in 0..<space.count {
        let place = attribute.valueStart &+ 16 &* index
        let length = try bytes.int32(place)
        guard length > 0 else {
          texts.append("")
          continue
        }
        let object = try heapObject(bytes.int32(place &+ 12), at: bytes.size(place &+ 4))
        guard length <= object.count else { throw .malformed }
        texts.append(text(object.prefix(length)))
      }
      return texts
    }

    private func fixedTexts(_ entry: Entry) throws(Status) -> [String] {
      guard entry.element == .string else { throw .unsupportedHDF5 }
      let size = entry.elementSize
      return (0..<entry.count).map { text(entry.bytes[$0 * size..<($0 + 1) * size]) }
    }

    /// Up to the first zero, or to the end of a field that it fills.
    private func text(_ field: Slice<UnsafeRawBufferPointer>) -> String {
      String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Object `number` of the global heap collection at `address`. Section III.E.
    private func heapObject(_ number: Int, at address: Int) throws(Status) -> UnsafeRawBufferPointer {
      // “GCOL”
      guard number > 0, number < 1 << 16, try bytes.hasSignature(0x4743_4F4C, at: address),
        try bytes.byte(address &+ 4) == 1
      else { throw .malformed }
      let size = try bytes.size(address &+ 8)
      try bytes.require(address, size)
      var place = address &+ 16
      // Numbers have 16 bits, so there are no more objects than that.
      for _ in 0..<1 << 16 where place <= address &+ size &- 16 {
        let index = try bytes.uint16(place)
        let length = try bytes.size(place &+ 8)
        guard index != 0, length <= address &+ size &- 16 &- place else { throw .malformed }
        if index == number { return try bytes[place &+ 16, length] }
        place &+= 16 &+ ((length &+ 7) & ~7)
      }
      throw .malformed
    }
  }
#endif
