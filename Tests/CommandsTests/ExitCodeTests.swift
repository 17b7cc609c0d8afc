import DataParallel
import Failures
import Testing

import Commands

@Suite struct ExitCodeTests {
  @Test("every kind of failure has the documented exit code, and no two have the same")
  func table() {
    let documented: [FailureKind: Int32] = [
      .usage: 2, .configuration: 3, .data: 4, .checkpoint: 5, .launch: 6, .numerical: 7,
      .inputOutput: 8, .hang: 9, .replicas: 10,
    ]
    for kind in FailureKind.allCases { #expect(ExitCode.code(for: kind) == documented[kind]) }
    #expect(Set(documented.values).count == FailureKind.allCases.count)
    #expect([0, 1, 75].allSatisfy { !documented.values.contains($0) })
  }

  @Test("an error has the code of its kind, and 1 without one")
  func errors() {
    struct Other: Error {}
    #expect(ExitCode.code(for: CommandError("a", kind: .hang)) == 9)
    #expect(ExitCode.code(for: Other()) == 1)
    let worker = WorkerFailure(rank: 1, host: "a", reason: "b", cause: .data)
    #expect(ExitCode.code(for: worker) == 4)
    #expect(ExitCode.code(for: WorkerFailure(rank: 1, host: "a", reason: "b")) == 1)
  }
}
