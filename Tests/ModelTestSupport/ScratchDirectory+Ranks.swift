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

  /// The same with a folder `data` that rank 0 has filled.
  public convenience init(
    sharedBy world: Communicator, data write: (_ folder: String) throws -> Void
  ) throws {
    try self.init(sharedBy: world)
    if world.rank == 0 { try write(file("data")) }
    try world.barrier()
  }
}
