/// A frame with two axes that marks are drawn in, as inline SVG. Colours are classes of the style sheet (`Style`), so that
/// the drawing follows light and dark.
struct Chart {
  let width: Double
  let height: Double
  let x: Axis
  let y: Axis
  private let left: Double
  private let bottom = 46.0
  private let top: Double
  private let right = 14.0
  private var marks = Markup(source: "")
  private let summary: String

  /// - Parameter summary: what the drawing shows, for those who cannot see it.
  init(
    width: Double, height: Double, x: Axis, y: Axis, title: String = "", summary: String, left: Double = 58
  ) {
    self.width = width
    self.height = height
    self.x = x
    self.y = y
    self.summary = summary
    self.left = left
    top = title.isEmpty ? 12 : 34
    drawFrame(title)
  }

  var innerWidth: Double { width - left - right }
  var innerHeight: Double { height - top - bottom }

  func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
    (left + self.x.place(x) * innerWidth, top + (1 - self.y.place(y)) * innerHeight)
  }

  private mutating func drawFrame(_ title: String) {
    let bottomEdge = top + innerHeight
    for tick in y.ticks {
      let at = top + (1 - y.place(tick)) * innerHeight
      marks += rule(left, at, left + innerWidth, at, "grid")
      marks += drawnText(left - 7, at + 4, y.format(tick), "tick end")
    }
    for tick in x.ticks {
      let at = left + x.place(tick) * innerWidth
      marks += rule(at, bottomEdge, at, bottomEdge + 4, "axis")
      marks += drawnText(at, bottomEdge + 17, x.format(tick), "tick middle")
    }
    marks += rule(left, bottomEdge, left + innerWidth, bottomEdge, "axis")
    marks += drawnText(left + innerWidth / 2, height - 8, x.label, "label middle")
    let middle = top + innerHeight / 2
    marks += element(
      "text",
      [
        "x": "14", "y": coordinate(middle), "class": "label middle",
        "transform": "rotate(-90 14 \(coordinate(middle)))",
      ], Markup(y.label))
    if !title.isEmpty { marks += drawnText(left, 18, title, "title") }
  }

  // MARK: Marks, in the units of the axes

  mutating func line(_ points: [(x: Double, y: Double)], _ style: String) {
    guard !points.isEmpty else { return }
    marks += element(
      "polyline",
      [
        "points": points.map { point in
          let place = place(point.x, point.y)
          return "\(coordinate(place.x)),\(coordinate(place.y))"
        }.joined(separator: " "), "class": "line \(style)",
      ])
  }

  mutating func dot(_ x: Double, _ y: Double, radius: Double = 3.5, _ style: String, hint: String? = nil) {
    let at = place(x, y)
    marks += element(
      "circle",
      ["cx": coordinate(at.x), "cy": coordinate(at.y), "r": coordinate(radius), "class": style],
      hint.map { element("title", [:], Markup($0)) })
  }

  /// A bar from `lower` to `upper` on the x axis, from `bottom` to `top` on the y axis.
  mutating func bar(
    _ lower: Double, _ upper: Double, from bottom: Double = 0, to top: Double, _ style: String,
    hint: String? = nil, gap: Double = 1
  ) {
    let (a, b) = (place(lower, top), place(upper, bottom))
    guard b.y - a.y > 0.05 else { return }
    marks += element(
      "rect",
      [
        "x": coordinate(a.x + gap / 2), "y": coordinate(a.y), "width": coordinate(max(0.5, b.x - a.x - gap)),
        "height": coordinate(b.y - a.y), "class": style,
      ], hint.map { element("title", [:], Markup($0)) })
  }

  /// A line across the whole frame at a value of the x axis, with a text beside its upper end.
  mutating func vertical(_ value: Double, _ style: String, note: String = "") {
    guard value >= x.lower, value <= x.upper else { return }
    let at = left + x.place(value) * innerWidth
    marks += rule(at, top, at, top + innerHeight, style)
    guard !note.isEmpty else { return }
    let isRight = x.place(value) > 0.6
    marks += drawnText(at + (isRight ? -5 : 5), top + 11, note, isRight ? "note end" : "note")
  }

  /// A text at a place in the units of the axes, moved by so many pixels.
  mutating func note(
    _ x: Double, _ y: Double, dx: Double = 0, dy: Double = 0, _ string: String, _ style: String = "note"
  ) {
    let at = place(x, y)
    marks += drawnText(at.x + dx, at.y + dy, string, style)
  }

  // MARK: Markup

  private func rule(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) -> Markup {
    element(
      "line",
      [
        "x1": coordinate(x1), "y1": coordinate(y1), "x2": coordinate(x2), "y2": coordinate(y2), "class": style,
      ])
  }

  var markup: Markup { drawing(width: width, height: height, summary: summary, marks) }
}

/// An inline SVG that shrinks with its place, and says what it shows to those who cannot see it.
func drawing(width: Double, height: Double, summary: String, _ content: Markup) -> Markup {
  element(
    "svg",
    [
      "viewBox": "0 0 \(coordinate(width)) \(coordinate(height))", "width": coordinate(width),
      "height": coordinate(height), "role": "img", "aria-label": summary,
    ], content)
}

/// A text in a drawing.
func drawnText(_ x: Double, _ y: Double, _ string: String, _ style: String) -> Markup {
  element("text", ["x": coordinate(x), "y": coordinate(y), "class": style], Markup(string))
}

/// What lines and areas stand for: a row of coloured words.
func legend(_ entries: KeyValuePairs<String, String>) -> Markup {
  element(
    "p", ["class": "legend"],
    entries.map { style, name in
      element("span", [:], element("i", ["class": "swatch \(style)"], "") + Markup(name))
    }.joined)
}
