import Foundation

/// A piece of HTML, with every text in it escaped: well-formed as XML, too.
struct Markup: ExpressibleByStringInterpolation {
  private(set) var source: String

  init(source: String) { self.source = source }
  init(stringLiteral text: String) { source = Markup.escaped(text) }
  init(_ text: String) { source = Markup.escaped(text) }

  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      // What XML cannot hold at all.
      case "\0"..<"\t", "\u{B}"..<"\r", "\u{E}"..<" ", "\u{FFFE}"..."\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  static func + (left: Markup, right: Markup) -> Markup { Markup(source: left.source + right.source) }
  static func += (left: inout Markup, right: Markup) { left.source += right.source }
}

extension [Markup] {
  var joined: Markup { Markup(source: map(\.source).joined()) }
}

/// An element with its attributes and what is in it; one without content is closed at once.
func element(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ content: Markup? = nil) -> Markup {
  var source = "<\(name)"
  for (key, value) in attributes { source += " \(key)=\"\(Markup.escaped(value))\"" }
  guard let content else { return Markup(source: source + "/>") }
  return Markup(source: "\(source)>\(content.source)</\(name)>")
}

/// A number for a drawing: a tenth of a unit is finer than any screen.
func coordinate(_ value: Double) -> String {
  let rounded = (value * 10).rounded() / 10
  return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
}
