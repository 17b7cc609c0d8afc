// Who hears of a run: progress on standard error, metrics.jsonl, and whoever else listens.

/// Is told what happens in a run, in order, on rank 0 and on the thread that trains. A listener must not
/// call MPI, and its own failures must not stop the run.
public protocol RunListener: AnyObject {
  func receive(_ event: RunEvent, at moment: RunMoment)
}

/// Passes events on. On ranks other than 0 nobody listens.
struct RunJournal {
  private let listeners: [any RunListener]

  init(_ listeners: [any RunListener]) { self.listeners = listeners }

  func record(_ event: RunEvent, at moment: RunMoment) {
    for listener in listeners { listener.receive(event, at: moment) }
  }
}
