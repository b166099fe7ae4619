/* Stands in for Windows' bcryptprimitives.dll where Wine has none (before 9): Rust's standard library takes its
 * random numbers from ProcessPrng. For the smoke tests only: it is never put beside what is handed out. */
#include <windows.h>

/* RtlGenRandom, under the name that it is exported by. */
BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) {
    while (length > 0) {
        ULONG part = length > 0x10000000 ? 0x10000000 : (ULONG)length;
        if (!SystemFunction036(data, part)) return FALSE;
        data += part;
        length -= part;
    }
    return TRUE;
}
