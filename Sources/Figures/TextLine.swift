// One line of text: fonts, shaping and direction by pango, missing letters from other fonts.

import CPango

/// How letters look.
public enum TextStyle: Sendable, CaseIterable {
  case title, plain

  /// Size of the letters in pixels.
  var size: Int { self == .title ? 20 : 16 }
  /// Pixels from one line to the next, with room for marks above and below tall letters.
  public var lineHeight: Int { size * 3 / 2 }
  /// Pixels from the upper edge of the line to the letters' base, the same for all fonts.
  var ascent: Int { size * 9 / 8 }
}

/// A line that has been laid out for one context of cairo.
///
/// The same text gives the same pixels on one machine: neither locale nor the user's settings for screens
/// matter. A letter that no font has is drawn as a box with its code.
struct TextLine: ~Copyable {
  private let layout: OpaquePointer

  /// - Parameter room: pixels; a longer text loses its middle. Nil for no limit.
  init(_ text: String, style: TextStyle, room: Int? = nil, on context: OpaquePointer) {
    layout = pango_cairo_create_layout(context)
    let fonts = pango_layout_get_context(layout)
    let options = cairo_font_options_create()
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT)
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
    pango_cairo_context_set_font_options(fonts, options)
    cairo_font_options_destroy(options)
    // Of several fonts with a letter the language chooses: not that of the locale.
    pango_context_set_language(fonts, pango_language_from_string("en"))

    let font = pango_font_description_new()
    pango_font_description_set_family(font, "sans-serif")
    pango_font_description_set_absolute_size(font, Double(style.size) * Self.unit)
    if style == .title { pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD) }
    pango_layout_set_font_description(layout, font)
    pango_font_description_free(font)

    // From left to right on the whole, so that the ending of an Arabic file name stays on the right.
    pango_layout_set_auto_dir(layout, 0)
    // A line break in a name is a letter like others.
    pango_layout_set_single_paragraph_mode(layout, 1)
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_MIDDLE)
    if let room { pango_layout_set_width(layout, CInt(max(0, room)) * PANGO_SCALE) }
    pango_layout_set_text(layout, text, CInt(text.utf8.count))
  }

  deinit { g_object_unref(UnsafeMutableRawPointer(layout)) }

  private static let unit = Double(PANGO_SCALE)

  /// In pixels.
  var width: Int {
    var extent = PangoRectangle()
    pango_layout_get_extents(layout, nil, &extent)
    return Int((Double(extent.width) / Self.unit).rounded(.up))
  }

  /// Draws the line with its left end at x and its base at y.
  func draw(x: Int, base y: Int, on context: OpaquePointer) {
    let base = Double(pango_layout_get_baseline(layout)) / Self.unit
    cairo_move_to(context, Double(x), Double(y) - base)
    pango_cairo_show_layout(context, layout)
  }
}

extension Figure {
  /// Makes sure that text can be set: without any font pango would draw none, and only warn.
  /// - Throws: `FigureError.noFont`.
  public static func requireFont() throws(FigureError) {
    let map = pango_cairo_font_map_get_default()
    let context = pango_font_map_create_context(map)
    let description = pango_font_description_from_string("sans-serif 12")
    let font = pango_font_map_load_font(map, context, description)
    pango_font_description_free(description)
    g_object_unref(UnsafeMutableRawPointer(context))
    guard let font else { throw .noFont }
    g_object_unref(font)
  }
}
