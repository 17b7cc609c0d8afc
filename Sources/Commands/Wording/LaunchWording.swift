// What to do about processes that were started wrongly.

import MPI

extension LaunchError: Worded {
  var words: String {
    switch self {
    case .singletons:
      "\(self). Start the job with \"srun --mpi=pmix\" or with the mpirun that belongs to this "
        + "program's MPI library (Open MPI: libpmix-dev must be installed on every node for srun)"
    case .notLaunched(_, let expected):
      "\(self). Start \(expected) ranks with \"srun --mpi=pmix\" or mpirun, or one with \"mpirun -n 1\""
    case .threadSupport:
      "\(self); use an MPI library built with thread support (Open MPI: "
        + "--enable-mpi-thread-multiple)"
    }
  }
}
