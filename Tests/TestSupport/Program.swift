// The program itself, as built beside the tests.

import Foundation

/// Runs `musiq-dist` as a process of its own.
public enum Program {
  public struct Outcome: Sendable {
    public let code: Int32
    public let output: String
    public let errors: String
    /// Peak resident memory, looked at every 2 ms.
    public let peakGiB: Double
  }

  /// The binary in the folder of the test bundle.
  public static var path: String {
    get throws {
      let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      let beside = URL(fileURLWithPath: own).deletingLastPathComponent()
      return beside.appendingPathComponent("musiq-dist").path
    }
  }

  /// Peak resident memory of a running process in GiB, as the kernel counts it for the program it runs
  /// now (`getrusage` would include that of the process it was started from).
  private static func peakGiB(of process: Process) -> Double? {
    let folder = "/proc/\(process.processIdentifier)"
    guard
      let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/exe"),
      let own = try? path, program == own,
      let status = try? String(contentsOfFile: "\(folder)/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
    else { return nil }
    return kibibytes / 1_048_576
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
    // The mark only rises: the last look before the end has nearly all of it.
    var peak = 0.0
    while process.isRunning {
      peak = max(peak, peakGiB(of: process) ?? 0)
      usleep(2000)
    }
    process.waitUntilExit()
    func text(_ name: String) throws -> String {
      try String(contentsOfFile: scratch.file(name), encoding: .utf8)
    }
    return Outcome(
      code: process.terminationStatus, output: try text("stdout"), errors: try text("stderr"),
      peakGiB: peak)
  }
}
