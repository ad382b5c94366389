// How the programs use their heap.
#pragma once

namespace ev {

/// Batches and blocks are megabytes that come and go all the time: kept by the heap, their pages are not given back to
/// the system and cleared again each time. One heap serves all threads: glibc gives back whole heaps of further ones,
/// which costs more than the few waits for this one. Comes before other threads.
void tune_heap();

/// Gives the heap room in huge pages: batches and units are walked through from end to end, and touched for the first
/// time, with fewer faults and translations. It takes no memory before it is used; where there is none to be had, the
/// heap grows as it would have.
void reserve_huge_pages();

}  // namespace ev
