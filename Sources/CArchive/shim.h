// libarchive: the container of .npz files; only its zip format is used.
#pragma once
#include <archive.h>
#include <archive_entry.h>
