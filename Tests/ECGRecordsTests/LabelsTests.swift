import ECGRecords
import ECGTestSupport
import Foundation
import Testing

/// Names of a model's outputs, one a line or from a table.
@Suite struct LabelsTests {
  private func read(_ text: String) throws(RecordError) -> [String] {
    guard let folder = try? TemporaryFolder() else { fatalError("no temporary folder") }
    let url = folder.url.appending(path: "labels.txt")
    guard (try? Data(text.utf8).write(to: url)) != nil else { fatalError("the temporary folder is full") }
    defer { withExtendedLifetime(folder) {} }
    return try readLabels(url)
  }

  @Test func linesAreNames() throws {
    #expect(try read("Ada\nGrace Hopper\nĈapelo") == ["Ada", "Grace Hopper", "Ĉapelo"])
    #expect(try read("\u{FEFF}Ada \r\nGrace\r\n\r\n") == ["Ada", "Grace"])
    #expect(try read("Lovelace, Ada\nHopper, Grace\n") == ["Lovelace, Ada", "Hopper, Grace"])
    #expect(try read("Ada") == ["Ada"])
  }

  @Test func columnsAreNames() throws {
    #expect(try read("label\nAda\nGrace\n") == ["Ada", "Grace"])
    #expect(try read("age,Person\n36,Ada\n85,\"Hopper, Grace\"\n") == ["Ada", "Hopper, Grace"])
    #expect(try read("class;name\n2;Ada\n0;Grace\n1;Lise\n") == ["Grace", "Lise", "Ada"])
    #expect(try read("index\tlabel\n1\tAda\n0\tGrace\n") == ["Grace", "Ada"])
  }

  @Test(arguments: [
    ("", "no name"), ("\n\n", "no name"), ("Ada\n\nGrace", "line 2"), ("Ada\nGrace\nAda", "“Ada” is there twice"),
    ("class,label\n0,Ada\n2,Grace", "row 3"), ("class,label\n0,Ada\n0,Grace", "row 3"),
    ("class,label\n0,Ada\n,Grace", "missing"), ("class,label\n0,Ada\n-1,Grace", "-1"), ("label,x\nAda,1\n,2", "row 3"),
    ("label\n", "no name"),
  ])
  func namesThatAreMissingAreRefused(_ text: String, _ named: String) {
    let error = #expect(throws: RecordError.self) { try read(text) }
    #expect(error.map { "\($0)".contains(named) } == true, "\(error.map { "\($0)" } ?? "")")
  }
}
