// Parallel HDF5 for Swift: accessors for macros that Swift does not import. Many of them initialize
// the library, so they are evaluated only behind the door of the target HDF5.
#pragma once
#include <hdf5.h>

static inline hid_t chdf5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t chdf5_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t chdf5_dataset_transfer(void) { return H5P_DATASET_XFER; }
static inline hid_t chdf5_link_create(void) { return H5P_LINK_CREATE; }
static inline hid_t chdf5_default(void) { return H5P_DEFAULT; }
static inline hid_t chdf5_error_default(void) { return H5E_DEFAULT; }

static inline unsigned chdf5_create_exclusive(void) { return H5F_ACC_EXCL; }
static inline unsigned chdf5_open_read_only(void) { return H5F_ACC_RDONLY; }
static inline hid_t chdf5_all_files(void) { return (hid_t)H5F_OBJ_ALL; }
static inline unsigned chdf5_all_objects(void) { return H5F_OBJ_ALL; }

static inline hid_t chdf5_f32le(void) { return H5T_IEEE_F32LE; }
static inline hid_t chdf5_f64le(void) { return H5T_IEEE_F64LE; }
static inline hid_t chdf5_i64le(void) { return H5T_STD_I64LE; }
static inline hid_t chdf5_u64le(void) { return H5T_STD_U64LE; }
static inline hid_t chdf5_u32le(void) { return H5T_STD_U32LE; }
static inline hid_t chdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t chdf5_c_string(void) { return H5T_C_S1; }
static inline hid_t chdf5_space_all(void) { return H5S_ALL; }

// The type of a link; H5Lget_info has versions with different structures in later libraries.
static inline int chdf5_link_type(hid_t group, const char *name) {
  H5L_info_t info;
  return H5Lget_info(group, name, &info, H5P_DEFAULT) < 0 ? -1 : (int)info.type;
}
static inline int chdf5_hard_link(void) { return H5L_TYPE_HARD; }

// MPI-IO with the hints that suit large contiguous slabs: collective buffering where it helps, never a
// read-modify-write of regions that belong to other ranks.
static inline herr_t chdf5_set_fapl_mpio(hid_t list, MPI_Comm comm) {
  MPI_Info info;
  if (MPI_Info_create(&info) != MPI_SUCCESS) return -1;
  MPI_Info_set(info, "romio_cb_write", "automatic");
  MPI_Info_set(info, "romio_ds_write", "disable");
  herr_t status = H5Pset_fapl_mpio(list, comm, info);
  MPI_Info_free(&info);
  return status;
}
