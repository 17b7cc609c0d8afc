// The program itself, as built beside the tests.

import Foundation

/// Runs `musiq-dist` as a process of its own.
public enum Program {
  public struct Outcome: Sendable {
    public let code: Int32
    public let output: String
    public let errors: String
  }

  /// The binary in the folder of the test bundle.
  public static var path: String {
    get throws {
      let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      let beside = URL(fileURLWithPath: own).deletingLastPathComponent()
      return beside.appendingPathComponent("musiq-dist").path
    }
  }

  /// Peak resident memory in GiB of the largest process that has been run so far.
  public static var peakGiB: Double {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage) == 0 else { return .infinity }
    return Double(usage.ru_maxrss) / 1_048_576
  }

  /// Runs it on one rank and waits for its end.
  public static func run(_ arguments: [String], in scratch: ScratchDirectory) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try path)
    process.arguments = arguments
    // What MPI has told this process is not meant for another one.
    process.environment = ProcessInfo.processInfo.environment.filter { name, _ in
      !["OMPI_", "PMIX_", "PMI_", "SLURM_"].contains { name.hasPrefix($0) }
    }
    // Files instead of pipes: they cannot fill up.
    var files: [FileHandle] = []
    for name in ["stdout", "stderr"] {
      _ = FileManager.default.createFile(atPath: scratch.file(name), contents: nil)
      files.append(try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.file(name))))
    }
    process.standardOutput = files[0]
    process.standardError = files[1]
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    func text(_ name: String) throws -> String {
      try String(contentsOfFile: scratch.file(name), encoding: .utf8)
    }
    return Outcome(
      code: process.terminationStatus, output: try text("stdout"), errors: try text("stderr"))
  }
}
