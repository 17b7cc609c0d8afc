// MPI for Swift: accessors for macros that Swift does not import, and the stop-signal handlers
// (Swift code must not run inside a signal handler). Used by the target MPI only.
#pragma once
#include <mpi.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static inline MPI_Comm cmpi_comm_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Comm cmpi_comm_self(void) { return MPI_COMM_SELF; }
static inline MPI_Comm cmpi_comm_null(void) { return MPI_COMM_NULL; }
static inline MPI_Errhandler cmpi_errors_return(void) { return MPI_ERRORS_RETURN; }
static inline MPI_Request cmpi_request_null(void) { return MPI_REQUEST_NULL; }
static inline void *cmpi_in_place(void) { return MPI_IN_PLACE; }

static inline MPI_Datatype cmpi_float(void) { return MPI_FLOAT; }
static inline MPI_Datatype cmpi_double(void) { return MPI_DOUBLE; }
static inline MPI_Datatype cmpi_int32(void) { return MPI_INT32_T; }
static inline MPI_Datatype cmpi_int64(void) { return MPI_INT64_T; }
static inline MPI_Datatype cmpi_uint8(void) { return MPI_UINT8_T; }
static inline MPI_Datatype cmpi_uint32(void) { return MPI_UINT32_T; }
static inline MPI_Datatype cmpi_uint64(void) { return MPI_UINT64_T; }

static inline MPI_Op cmpi_sum(void) { return MPI_SUM; }
static inline MPI_Op cmpi_product(void) { return MPI_PROD; }
static inline MPI_Op cmpi_minimum(void) { return MPI_MIN; }
static inline MPI_Op cmpi_maximum(void) { return MPI_MAX; }
static inline MPI_Op cmpi_bitwise_or(void) { return MPI_BOR; }
static inline MPI_Op cmpi_bitwise_and(void) { return MPI_BAND; }
static inline MPI_Op cmpi_bitwise_xor(void) { return MPI_BXOR; }

static inline int cmpi_thread_serialized(void) { return MPI_THREAD_SERIALIZED; }
static inline int cmpi_max_error_string(void) { return MPI_MAX_ERROR_STRING; }
static inline int cmpi_max_processor_name(void) { return MPI_MAX_PROCESSOR_NAME; }
static inline int cmpi_max_library_version_string(void) { return MPI_MAX_LIBRARY_VERSION_STRING; }

// Handles that a call writes are passed as plain memory: they are pointers in Open MPI and integers in
// MPICH, and Swift imports the two with different optionality.
static inline int cmpi_comm_dup(MPI_Comm comm, void *copy) {
  return MPI_Comm_dup(comm, (MPI_Comm *)copy);
}
static inline int cmpi_comm_split_shared(MPI_Comm comm, int rank, void *node) {
  return MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, (MPI_Comm *)node);
}
static inline int cmpi_comm_free(void *comm) { return MPI_Comm_free((MPI_Comm *)comm); }
static inline int cmpi_ibarrier(MPI_Comm comm, void *request) {
  return MPI_Ibarrier(comm, (MPI_Request *)request);
}
static inline int cmpi_iallreduce_in_place(
    void *buffer, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm, void *request) {
  return MPI_Iallreduce(MPI_IN_PLACE, buffer, count, type, op, comm, (MPI_Request *)request);
}
static inline int cmpi_waitall(int count, void *requests) {
  return MPI_Waitall(count, (MPI_Request *)requests, MPI_STATUSES_IGNORE);
}
static inline int cmpi_testall(int count, void *requests, int *flag) {
  return MPI_Testall(count, (MPI_Request *)requests, flag, MPI_STATUSES_IGNORE);
}

// inout += in for bfloat16 numbers, the upper halves of floats, rounded to nearest even.
static inline void cmpi_add_bfloat16(void *in, void *inout, int *count, MPI_Datatype *type) {
  (void)type;
  const uint16_t *a = (const uint16_t *)in;
  uint16_t *b = (uint16_t *)inout;
  for (int i = 0; i < *count; ++i) {
    uint32_t left = (uint32_t)a[i] << 16, right = (uint32_t)b[i] << 16, bits;
    float x, y;
    memcpy(&x, &left, 4);
    memcpy(&y, &right, 4);
    y += x;
    memcpy(&bits, &y, 4);
    b[i] = (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
  }
}
static inline int cmpi_create_bfloat16_sum(void *op) {
  return MPI_Op_create(cmpi_add_bfloat16, 1, (MPI_Op *)op);
}
static inline MPI_Op cmpi_op_null(void) { return MPI_OP_NULL; }
static inline MPI_Datatype cmpi_uint16(void) { return MPI_UINT16_T; }

// One flag per signal. `weak` makes all copies of this header share one variable at link time.
__attribute__((weak)) volatile sig_atomic_t cmpi_signal_usr1 = 0;
__attribute__((weak)) volatile sig_atomic_t cmpi_signal_term = 0;
__attribute__((weak)) volatile sig_atomic_t cmpi_signal_int = 0;

static void cmpi_on_signal(int signal) {
  if (signal == SIGUSR1) {
    cmpi_signal_usr1 = 1;
    return;
  }
  // The second Ctrl-C or SIGTERM means now.
  if (cmpi_signal_int || cmpi_signal_term) _exit(128 + signal);
  if (signal == SIGTERM) cmpi_signal_term = 1;
  if (signal == SIGINT) cmpi_signal_int = 1;
}

// What the signals that ask to stop do from now on: set a flag if `deferred`, else end the process.
// Returns 0, or -1 with errno set.
static inline int cmpi_handle_stop_signals(int deferred) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;  // a poll in the MPI library is not cut short
  action.sa_handler = deferred ? cmpi_on_signal : SIG_DFL;
  return sigaction(SIGUSR1, &action, NULL) || sigaction(SIGTERM, &action, NULL) ||
                 sigaction(SIGINT, &action, NULL)
             ? -1
             : 0;
}

// A file size limit and a closed log become errors of write() instead of a killed rank.
// Returns 0, or -1 with errno set.
static inline int cmpi_ignore_write_signals(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = SIG_IGN;
  return sigaction(SIGXFSZ, &action, NULL) || sigaction(SIGPIPE, &action, NULL) ? -1 : 0;
}

static inline int cmpi_received_usr1(void) { return cmpi_signal_usr1; }
static inline int cmpi_received_term(void) { return cmpi_signal_term; }
static inline int cmpi_received_int(void) { return cmpi_signal_int; }
static inline void cmpi_clear_signals(void) {
  cmpi_signal_usr1 = 0;
  cmpi_signal_term = 0;
  cmpi_signal_int = 0;
}
