// Which program wrote a file.

/// Name and version of the program, stored in checkpoints.
public let programVersion = "musiq-dist 0.1.0"
