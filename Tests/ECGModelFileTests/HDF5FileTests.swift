import ECGCore
import ECGModelFile
import ECGTestSupport
import Foundation
import Testing

/// Files that h5py and Keras wrote (`Tests/Vectors/modelfile.py`).
@Suite struct HDF5FileTests {
  final class Fixture {
    private let bytes: AlignedBytes
    let file: HDF5File

    init(_ name: String) throws {
      bytes = AlignedBytes(try Data(contentsOf: Vectors.folder.appending(path: "modelfile-\(name).h5")))
      file = try HDF5File(bytes.content)
    }

    func object(_ path: String) throws(Status) -> HDF5File.Object {
      var object = file.root
      for component in path.split(separator: "/") { object = try withName(component, object, file.member) }
      return object
    }

    func dataset(_ path: String) throws(Status) -> Entry {
      let components = path.split(separator: "/")
      return try withName(components.last!, object(components.dropLast().joined(separator: "/")), file.dataset)
    }

    func attribute(_ name: String, of path: String = "") throws(Status) -> Entry {
      try withName(Substring(name), object(path), file.attribute)
    }

    private func withName<T>(
      _ name: Substring, _ object: HDF5File.Object, _ body: (EntryName, HDF5File.Object) throws(Status) -> T
    ) throws(Status) -> T {
      let text = strdup(String(name))!
      defer { free(text) }
      return try body(EntryName(text), object)
    }
  }

  @Test func everyTypeOfTheSubset() throws {
    let kinds = try Fixture("kinds")
    let sizes = ["i1": 1, "i2": 2, "i4": 4, "i8": 8, "u1": 1, "u2": 2, "u4": 4, "u8": 8, "f2": 2, "f4": 4, "f8": 8]
    for (name, size) in sizes {
      let entry = try kinds.dataset("types/\(name)")
      #expect(entry.hasShape(3))
      #expect(entry.elementSize == size)
      let element: Entry.Element =
        switch name.first {
        case "i": .signedInteger
        case "u": .unsignedInteger
        default: .float
        }
      #expect(entry.element == element)
      guard name != "f2" else { continue }
      #expect(try kinds.attribute(name).number() == (name.first == "u" ? 3 : -3), "\(name)")
    }
    #expect(try Array(kinds.dataset("types/f4").float32()) == [1, 2, 100])
    #expect(try Array(kinds.dataset("types/f8").float64()) == [1, 2, 100])
    #expect(try Array(kinds.dataset("types/i4").int32()) == [1, 2, 100])
    #expect(try Array(kinds.dataset("types/i8").int64()) == [1, 2, 100])
    #expect(try Array(kinds.dataset("types/u1").uint8()) == [1, 2, 100])
    #expect(throws: Status.malformed) { try kinds.dataset("types/f8").float32() }
    #expect(throws: Status.malformed) { try kinds.dataset("types/u4").int32() }
    #expect(throws: Status.malformed) { try kinds.dataset("types/f4").int32() }
    #expect(throws: Status.malformed) { try kinds.dataset("types/i4").integer() }
    let text = try kinds.dataset("types/text")
    #expect(text.elementSize == 6)
    #expect(try (0..<3).map { String(cString: try text.text($0)) } == ["one", "three", ""])
    #expect(throws: Status.argument) { try text.text(3) }
    // h5py leaves no room for a zero: such a text has no end.
    #expect(throws: Status.malformed) { try kinds.attribute("text").text() }
    #expect(try kinds.attribute("text").elementSize == 5)
  }

  @Test func everyShapeOfTheSubset() throws {
    let kinds = try Fixture("kinds")
    let scalar = try kinds.dataset("shapes/scalar")
    #expect(scalar.rank == 0)
    #expect(try scalar.number() == 4)
    let cube = try kinds.dataset("shapes/cube")
    #expect(cube.hasShape(rank: 3, (2, 3, 4, 1)))
    #expect(try Array(cube.float32()) == (0..<24).map(Float.init))
    #expect(try kinds.dataset("shapes/four").hasShape(rank: 4, (2, 3, 4, 5)))
    let empty = try kinds.dataset("shapes/empty")
    #expect(empty.hasShape(0, 3))
    #expect(try empty.float32().isEmpty)
    #expect(try Array(kinds.dataset("shapes/compact").float32()) == [1, 2, 3])
  }

  @Test(arguments: [
    "five", "big_endian", "big_endian_integer", "complex", "boolean", "chunked", "compressed", "variable_text", "soft",
    "external",
  ]) func outsideTheSubset(_ name: String) throws {
    let kinds = try Fixture("kinds")
    #expect(throws: Status.unsupportedHDF5) { try kinds.dataset("outside/\(name)") }
  }

  @Test func otherThingsOutsideTheSubset() throws {
    let kinds = try Fixture("kinds")
    #expect(throws: Status.unsupportedHDF5) { try kinds.attribute("variable") }
    #expect(throws: Status.unsupportedHDF5) { try kinds.dataset("named/values") }
    #expect(throws: Status.malformed) { try kinds.dataset("shapes") }
    #expect(throws: Status.malformed) { try kinds.object("types/f4/below") }
    #expect(throws: Status.unsupportedHDF5) { try Fixture("latest") }
  }

  @Test func missingEntriesAreMissing() throws {
    let kinds = try Fixture("kinds")
    for path in ["a", "types/f", "types/f44", "types/zz", "nowhere/x", "~"] {
      #expect(throws: Status.missingEntry, "\(path)") { try kinds.dataset(path) }
    }
    #expect(throws: Status.missingEntry) { try kinds.attribute("f") }
    #expect(throws: Status.missingEntry) { try kinds.attribute("f44") }
  }

  @Test func aTreeOfTwoLevelsFindsEveryMember() throws {
    let many = try Fixture("many")
    for index in 0..<400 {
      #expect(try many.dataset("many/member_\(index)").int32()[0] == Int32(index % 7), "\(index)")
    }
    #expect(throws: Status.missingEntry) { try many.dataset("many/member_400") }
    #expect(throws: Status.missingEntry) { try many.dataset("many/a") }
    #expect(throws: Status.missingEntry) { try many.dataset("many/z") }
  }

  @Test func attributesAreFoundInEveryBlockAndGapsAreSkipped() throws {
    let many = try Fixture("many")
    for index in 0..<100 {
      if index % 3 == 0 {
        #expect(throws: Status.missingEntry) { try many.attribute("number_\(index)", of: "attributes") }
      } else {
        #expect(try many.attribute("number_\(index)", of: "attributes").number() == Double(index) / 4)
      }
    }
    var attributes = try many.file.attributes(of: many.object("attributes"))
    var count = 0
    while try attributes.next() != nil { count += 1 }
    #expect(count == 66)
  }

  @Test func kerasFilesAreRead() throws {
    let three = try Fixture("keras3")
    let expected = try Vectors.float32("modelfile-keras3")
    let kernel = try three.dataset("model_weights/conv2d/sequential/conv2d/kernel")
    #expect(kernel.hasShape(rank: 4, (3, 3, 1, 2)))
    let bias = try three.dataset("model_weights/conv2d/sequential/conv2d/bias")
    #expect(try Array(kernel.float32()) + Array(bias.float32()) == expected)
    #expect(try three.attribute("weight_names", of: "model_weights/flatten").count == 0)

    let two = try Fixture("keras2")
    let cell = try two.dataset("model_weights/lstm/lstm/lstm_cell/kernel:0")
    #expect(cell.hasShape(2, 4))
    #expect(try Array(cell.float32()) == (0..<8).map(Float.init))
  }

  @Test func anHDF5FileOfOthersIsNotAModel() throws {
    for name in ["keras3", "keras2", "kinds", "many"] {
      let bytes = AlignedBytes(try Data(contentsOf: Vectors.folder.appending(path: "modelfile-\(name).h5")))
      #expect(throws: Status.notAModel) { _ = try ModelFile(bytes.content) }
    }
  }
}
