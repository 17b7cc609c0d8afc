// The program. All of it is in Commands, so that tests can import it.

import Commands

MusiqDist.main()
