import Files
import Foundation
import MPI
import TestSupport
import Testing
import Training

@Suite(.serialized) struct RunLockTests {
  let scratch: ScratchDirectory
  var path: String { scratch.file(".lock") }

  init() throws { scratch = try ScratchDirectory() }

  private func lock(
    stealing: Bool = false, timing: RunLock.Timing = .init(), onWait: (String) -> Void = { _ in }
  ) throws -> RunLock {
    try RunLock(path, host: "n1", stealing: stealing, timing: timing, onWait: onWait)
  }

  /// Leaves the lock of another process.
  private func leave(_ change: (inout RunLockOwner) -> Void) throws -> RunLockOwner {
    var owner = RunLockOwner(host: "n1")
    owner.uuid = "another"
    change(&owner)
    try scratch.write(".lock", owner.bytes)
    return owner
  }

  private func refusal(_ body: () throws -> RunLock) -> RunLock.Problem? {
    do { _ = try body() } catch { return error as? RunLock.Problem }
    return nil
  }

  private func written() throws -> RunLockOwner? { RunLockOwner(try FileSystem.read(path)) }

  @Test("one owner at a time, told to the second; released, the file is gone")
  func two() throws {
    let first = try lock()
    #expect(first.isHeld && first.takenOver == [])
    #expect(first.owner.pid == Int(getpid()) && first.owner.host == "n1")
    #expect(try written() == first.owner)
    #expect(refusal { try lock() } == .held(by: first.owner))
    #expect(refusal { try lock(stealing: false) } == .held(by: first.owner))
    first.release()
    #expect(!FileSystem.exists(path))
    let second = try lock()
    first.release()
    #expect(second.isHeld)
  }

  @Test("dropping the owner releases, too")
  func dropped() throws {
    do { _ = try lock() }
    #expect(!FileSystem.exists(path))
  }

  @Test("the heartbeat counts in place, and the file keeps its length")
  func beats() throws {
    var timing = RunLock.Timing()
    timing.beat = 0.02
    let first = try lock(timing: timing)
    defer { first.release() }
    var beats: Set<String> = []
    var sizes: Set<Int> = []
    for _ in 0..<500 where beats.count < 3 {
      usleep(10_000)
      let bytes = try FileSystem.read(path)
      beats.insert(try #require(RunLockOwner(bytes)).heartbeat)
      sizes.insert(bytes.count)
    }
    #expect(beats.count >= 3 && sizes.count == 1)
    #expect(first.isHeld)
  }

  @Test("the lock of a process that has ended is taken over, also if its number is used again")
  func ended() throws {
    let child = Process()
    child.executableURL = URL(fileURLWithPath: "/bin/true")
    try child.run()
    child.waitUntilExit()
    let gone = try leave { $0.pid = Int(child.processIdentifier) }
    let first = try lock()
    #expect(first.takenOver == ["\(gone.description) (that process has ended)"])
    first.release()
    let reused = try leave { $0.birth = "1" }
    let second = try lock()
    #expect(second.takenOver == ["\(reused.description) (that process has ended)"])
  }

  @Test("a job that was started again takes over from its earlier start, and no other job does")
  func requeued() {
    func owner(_ job: String?, _ restarts: Int = 0) -> RunLockOwner {
      var owner = RunLockOwner(host: "n2")
      owner.job = job.map { .init(name: $0, restarts: restarts) }
      return owner
    }
    func verdict(_ old: RunLockOwner?, _ me: RunLockOwner, lives: Bool? = nil, age: Int = 0)
      -> RunLockVerdict
    {
      RunLockVerdict(on: old, by: me, ownerLives: lives, age: age, stale: 300)
    }
    let again = RunLockVerdict.takeOver("its job was started again")
    #expect(verdict(owner("J=1", 0), owner("J=1", 1)) == again)
    // Ranks behind a cut link live on: the lock is not theirs any more.
    #expect(verdict(owner("J=1", 0), owner("J=1", 1), lives: true) == again)
    #expect(verdict(owner("J=1", 1), owner("J=1", 1)) == .refuse)
    #expect(verdict(owner("J=1", 0), owner("J=2", 1)) == .refuse)
    #expect(verdict(owner(nil), owner("J=1", 1), lives: true) == .refuse)
    #expect(verdict(owner(nil), owner(nil), age: 299) == .refuse)
    #expect(verdict(owner(nil), owner(nil), age: 300) == .watch)
    #expect(verdict(nil, owner(nil), age: 300) == .watch)
    #expect(verdict(nil, owner(nil), age: 1) == .refuse)
  }

  @Test("an old lock of another machine is watched: taken over if its heartbeat stands still")
  func watched() throws {
    var timing = RunLock.Timing()
    timing.watch = 0.5
    let old = try leave { $0.machine = "another" }
    #expect(refusal { try lock(timing: timing) } == .held(by: old))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -400)], ofItemAtPath: path)
    var told: [String] = []
    let taken = try lock(timing: timing) { told.append($0) }
    #expect(taken.takenOver == ["\(old.description) (its heartbeat has stopped)"])
    #expect(told.count == 1 && told[0].contains("is locked by \(old.description)"), "\(told)")
    taken.release()

    // One that lives, its clock wrong: it is not taken.
    var alive = try leave { $0.machine = "another" }
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -400)], ofItemAtPath: path)
    let found = refusal {
      try lock(timing: timing) { _ in
        alive.beat(7)
        try? scratch.overwrite(".lock", alive.bytes)
      }
    }
    #expect(found == .held(by: alive))
  }

  @Test("a lock is stolen on request; who had it notices and leaves the new one alone")
  func stolen() throws {
    let first = try lock()
    let second = try lock(stealing: true)
    #expect(second.takenOver == ["\(first.owner.description) (on request)"])
    #expect(!first.isHeld && second.isHeld)
    first.release()
    #expect(second.isHeld)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == [".lock"])
  }

  @Test("what is no lock is refused as long as it is new; a directory cannot be locked")
  func unreadable() throws {
    try scratch.write(".lock", [])
    #expect(refusal { try lock() } == .held(by: nil))
    try FileManager.default.removeItem(atPath: path)
    try scratch.makeFolder(".lock")
    guard case .file = refusal({ try lock() }) else {
      Issue.record("a directory was taken for a lock")
      return
    }
  }

  @Test("a process that lives is alive, one of another machine is unknown")
  func processes() {
    let own = ProcessIdentity.own
    #expect(own.isAlive == true && !own.birth.isEmpty && !own.machine.isEmpty)
    #expect(ProcessIdentity(pid: own.pid, birth: "", machine: own.machine).isAlive == true)
    #expect(ProcessIdentity(pid: own.pid, birth: "1", machine: own.machine).isAlive == false)
    #expect(ProcessIdentity(pid: own.pid, birth: own.birth, machine: "").isAlive == nil)
  }
}

extension ScratchDirectory {
  /// Writes into a file that is there, which stays the same file.
  func overwrite(_ name: String, _ bytes: [UInt8]) throws {
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file(name)))
    try handle.write(contentsOf: bytes)
    try handle.close()
  }
}
