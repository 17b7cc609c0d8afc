// Which build of the program this is. The version has its one home here.

import CBuild

/// Name and version of the program, stored in checkpoints and reports.
public let programVersion = "musiq-dist 0.2.0"

/// What the build was told about itself; nil: it was not told.
public enum Build {
  /// Abbreviated hash of the commit, followed by `-modified` if tracked files differed from it.
  public static var commit: String? { text(cbuild_commit()) }

  /// Day of the commit, `YYYY-MM-DD`.
  public static var commitDate: String? { text(cbuild_commit_date()) }

  /// Version of the Swift compiler, for example `6.3.1`.
  public static var swiftVersion: String? { text(cbuild_swift_version()) }

  /// The instruction set that the compiler was allowed to use, for example `x86-64-v3`. A processor
  /// without it cannot run this program.
  public static var instructionSet: String { text(cbuild_instruction_set()) ?? "unknown" }

  private static func text(_ value: UnsafePointer<CChar>?) -> String? {
    guard let value, value.pointee != 0 else { return nil }
    return String(cString: value)
  }
}
