// One part of an .xlsx file, as events of Foundation's XML parser.

import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What all parts have in common: text is collected inside the elements that ask for it.
class PartParser: NSObject, XMLParserDelegate {
  private var text = ""
  private var isCollecting = false
  private var complaint: String?
  private var depth = 0
  private var hasRoot = false

  /// Parses a whole part.
  /// - Returns: what is wrong; nil if nothing is.
  func problem(parsing bytes: [UInt8]) -> String? {
    // Foundation's parser traps on text that is not what it is declared to be, and other encodings
    // would hide a document type from the search below; no known program writes them.
    guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0),
      Self.declaresUTF8(bytes)
    else { return "expected UTF-8" }
    let data = Data(bytes)
    guard data.range(of: Data("<!DOCTYPE".utf8)) == nil,
      data.range(of: Data("<!ENTITY".utf8)) == nil
    else { return "has a document type, which no spreadsheet has" }
    let parser = XMLParser(data: data)
    parser.shouldResolveExternalEntities = false
    parser.delegate = self
    let isParsed = parser.parse()
    if let complaint { return complaint }
    // The parser reports success of documents that end early.
    return isParsed && hasRoot && depth == 0 ? nil : "damaged XML: it ends early"
  }

  /// Called at the start of an element; `true` collects the text up to its end.
  func begin(_ name: Substring, _ attributes: [String: String]) -> Bool { false }

  /// Called at the end of an element with the text collected in it.
  func end(_ name: Substring, _ text: String) {}

  /// Ends parsing with a reason.
  final func stop(_ reason: String) { complaint = complaint ?? reason }

  /// Whether the first line names no other encoding.
  private static func declaresUTF8(_ bytes: [UInt8]) -> Bool {
    let head = String(decoding: bytes.prefix(200), as: UTF8.self).lowercased()
    guard head.hasPrefix("<?xml"), let end = head.firstRange(of: "?>"),
      let encoding = head[..<end.lowerBound].firstRange(of: "encoding")
    else { return !head.contains("encoding") || !head.contains("<?xml") }
    return head[encoding.upperBound..<end.lowerBound].contains("utf-8")
  }

  /// `c` of `x:c`: some programs write every element with a prefix.
  private static func local(_ name: String) -> Substring {
    name.utf8.lastIndex(of: 0x3A).map { name[name.utf8.index(after: $0)...] } ?? name[...]
  }

  final func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    guard complaint == nil else { return parser.abortParsing() }
    depth += 1
    hasRoot = true
    isCollecting = begin(Self.local(element), attributes)
    if isCollecting { text = "" }
  }

  final func parser(
    _ parser: XMLParser, didEndElement element: String, namespaceURI: String?,
    qualifiedName: String?
  ) {
    guard complaint == nil else { return parser.abortParsing() }
    depth -= 1
    end(Self.local(element), isCollecting ? text : "")
    isCollecting = false
  }

  final func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) {
    // Codes of libxml2: warnings, and from 200 what concerns name spaces, which are not looked at.
    let code = (error as NSError).code
    guard code < 200, ![27, 93, 98, 99, 100, 102].contains(code) else { return }
    stop("damaged XML in line \(parser.lineNumber)")
  }

  final func parser(_ parser: XMLParser, foundCharacters characters: String) {
    if isCollecting { text += characters }
  }

  final func parser(_ parser: XMLParser, foundCDATA block: Data) {
    if isCollecting { text += String(decoding: block, as: UTF8.self) }
  }
}
