// A place for the files of a test on ranks.

import MPI
import TestSupport

extension ScratchDirectory {
  /// One directory for all ranks, made and removed by rank 0. Collective; a barrier belongs before the
  /// end of its life.
  public convenience init(sharedBy world: Communicator) throws {
    try self.init(
      path: try world.broadcast(text: Self.newPath(), from: 0), isOwner: world.rank == 0)
    try world.barrier()
  }
}
