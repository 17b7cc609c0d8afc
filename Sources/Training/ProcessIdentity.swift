// Which process is it, and does it live? Numbers of processes are used again, and mean nothing elsewhere.

import Files
import Foundation

/// A process of this or another machine, as Linux tells it in `/proc`.
package struct ProcessIdentity: Equatable {
  package let pid: Int
  /// When it was started, in ticks since the boot; empty if unknown.
  package let birth: String
  /// The boot and the namespace that the number belongs to; empty if unknown.
  package let machine: String

  package init(pid: Int, birth: String, machine: String) {
    (self.pid, self.birth, self.machine) = (pid, birth, machine)
  }

  /// This process.
  package static var own: ProcessIdentity {
    let boot =
      (try? FileSystem.read("/proc/sys/kernel/random/boot_id")).map {
        String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
      } ?? ""
    let namespace = (try? FileSystem.link("/proc/self/ns/pid")) ?? ""
    let pid = Int(ProcessInfo.processInfo.processIdentifier)
    return ProcessIdentity(
      pid: pid, birth: fields(of: pid)?.birth ?? "",
      machine: boot.isEmpty || namespace.isEmpty ? "" : "\(boot) \(namespace)")
  }

  /// Whether it lives; nil if that cannot be seen from this process. One that has ended and was not
  /// waited for does not live.
  package var isAlive: Bool? {
    guard !machine.isEmpty, machine == Self.own.machine else { return nil }
    guard let (state, birth) = Self.fields(of: pid) else { return false }
    return !["Z", "X"].contains(state) && (self.birth.isEmpty || birth == self.birth)
  }

  /// State and start from `/proc/PID/stat` (proc(5)): fields 3 and 22; the second may have spaces, but
  /// ends with the last parenthesis.
  private static func fields(of pid: Int) -> (state: String, birth: String)? {
    guard let bytes = try? FileSystem.read("/proc/\(pid)/stat", limit: 1 << 16),
      let end = bytes.lastIndex(of: 0x29)
    else { return nil }
    let fields = String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
    guard fields.count > 19 else { return nil }
    return (String(fields[0]), String(fields[19]))
  }
}
