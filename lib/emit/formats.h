// The formats, one file each; emitter.cpp holds the table of their names.
#pragma once

#include <memory>

#include "emit/emitter.h"

namespace ev {

std::unique_ptr<Emitter> make_jsonl_emitter(const EmitOptions& options);
std::unique_ptr<Emitter> make_csv_emitter(const EmitOptions& options);
std::unique_ptr<Emitter> make_tsv_emitter(const EmitOptions& options);
std::unique_ptr<Emitter> make_table_emitter(const EmitOptions& options);
std::unique_ptr<Emitter> make_record_emitter(const EmitOptions& options);

}  // namespace ev
