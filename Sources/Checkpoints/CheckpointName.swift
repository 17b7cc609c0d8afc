// File names of checkpoints. The step in the name is the order; times of files mean nothing.

/// Names in a checkpoint directory.
public enum CheckpointName {
  /// The link to the checkpoint with the best figure of the validation set.
  public static let best = "best.h5"
  /// The link to the checkpoint that was written last.
  public static let last = "last.h5"

  /// `step-000001200.h5` for step 1200.
  public static func file(step: Int) -> String { "step-\(padded(step)).h5" }

  /// The step of a complete checkpoint's file name, or nil for any other name.
  public static func step(of name: String) -> Int? {
    guard name.hasPrefix("step-"), name.hasSuffix(".h5") else { return nil }
    let digits = name.dropFirst(5).dropLast(3)
    guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let step = Int(digits) else {
      return nil
    }
    return file(step: step) == name ? step : nil
  }

  /// The name while writing. The nonce keeps orphans of a killed job out of our file.
  static func temporary(step: Int, nonce: String) -> String { ".tmp-\(padded(step))-\(nonce).h5" }

  /// The name of the file that reserves space.
  static func ballast(nonce: String) -> String { ".tmp-ballast-\(nonce).h5" }

  /// True for both kinds of temporary name.
  static func isTemporary(_ name: String) -> Bool {
    name.hasPrefix(".tmp-") && name.hasSuffix(".h5")
  }

  private static func padded(_ step: Int) -> String {
    let digits = String(step)
    return String(repeating: "0", count: max(0, 9 - digits.count)) + digits
  }
}
