"""What a file takes from the standard library, it includes itself: another header that brings it along
today does not with the next compiler. A .cpp may leave that to the header of its own name (NAME.cpp
and NAME_test.cpp to NAME.hpp).

This knows names, not C++: a name that it has never met is a finding too, so that the table below grows
with the tree."""

import re

from .tree import Finding, line_of

# Header: what it is there for. A name that several headers give (std::begin, std::get) stands under the
# one to include where none of the others is there.
HEADERS = {
    "algorithm": """adjacent_find all_of any_of binary_search clamp copy copy_backward copy_if copy_n
        count count_if equal equal_range fill fill_n find find_end find_first_of find_if find_if_not
        for_each for_each_n generate generate_n includes inplace_merge is_heap is_partitioned
        is_permutation is_sorted lexicographical_compare lower_bound make_heap max max_element merge
        min min_element minmax minmax_element mismatch move_backward next_permutation none_of
        nth_element partial_sort partition partition_point pop_heap prev_permutation push_heap remove
        remove_copy_if remove_if replace replace_copy replace_if reverse rotate sample search
        set_difference set_intersection set_symmetric_difference set_union shuffle sort sort_heap
        stable_partition stable_sort swap_ranges transform unique unique_copy upper_bound""",
    "any": "any any_cast",
    "array": "array to_array",
    "atomic": """atomic atomic_bool atomic_flag atomic_int atomic_ref atomic_thread_fence memory_order
        memory_order_acq_rel memory_order_acquire memory_order_relaxed memory_order_release
        memory_order_seq_cst""",
    "barrier": "barrier",
    "bit": """bit_cast bit_ceil bit_floor bit_width countl_one countl_zero countr_one countr_zero endian
        has_single_bit popcount rotl rotr""",
    "bitset": "bitset",
    "cctype": "isalnum isalpha isdigit isprint ispunct isspace isupper isxdigit tolower toupper",
    "charconv": "chars_format from_chars from_chars_result to_chars to_chars_result",
    "chrono": "chrono",
    "cmath": """ceil exp fabs floor fmod isfinite isinf isnan ldexp llround log log10 log1p log2 lround
        pow round sqrt trunc""",
    "compare": """compare_three_way is_eq is_gt is_lt is_neq partial_ordering strong_ordering
        weak_ordering""",
    "complex": "complex",
    "concepts": """constructible_from convertible_to copyable derived_from equality_comparable
        floating_point integral invocable movable predicate regular same_as semiregular
        signed_integral swappable unsigned_integral""",
    "condition_variable": "condition_variable condition_variable_any cv_status",
    "coroutine": "coroutine_handle coroutine_traits noop_coroutine suspend_always suspend_never",
    "csignal": "raise sig_atomic_t signal",
    "cstdarg": "va_list",
    "cstddef": "byte max_align_t nullptr_t ptrdiff_t size_t to_integer",
    "cstdint": """int16_t int32_t int64_t int8_t int_fast32_t int_least32_t intmax_t intptr_t uint16_t
        uint32_t uint64_t uint8_t uint_fast32_t uint_least32_t uintmax_t uintptr_t""",
    "cstdio": """FILE fclose feof ferror fflush fgetc fgets fopen fprintf fputc fputs fread fseek ftell
        fwrite perror printf putchar puts rename rewind snprintf sscanf tmpfile""",
    "cstdlib": """EXIT_FAILURE EXIT_SUCCESS abort abs at_quick_exit atexit atof atoi atol calloc exit
        free getenv malloc quick_exit realloc strtod strtol strtoll strtoul strtoull system""",
    "cstring": """memchr memcmp memcpy memmove memset strchr strcmp strerror strlen strncmp strrchr
        strstr""",
    "ctime": "clock clock_t gmtime localtime mktime strftime time time_t timespec tm",
    "deque": "deque",
    "exception": """current_exception exception exception_ptr make_exception_ptr rethrow_exception
        set_terminate terminate uncaught_exceptions""",
    "filesystem": "filesystem",
    "fstream": "filebuf fstream ifstream ofstream",
    "functional": """bind bind_front bit_or cref equal_to function greater greater_equal hash identity
        invoke less less_equal logical_not minus multiplies not_equal_to not_fn placeholders plus ref
        reference_wrapper""",
    "future": "async future launch packaged_task promise shared_future",
    "initializer_list": "initializer_list",
    "iomanip": "get_time put_time quoted setfill setprecision setw",
    "ios": "boolalpha dec fixed hex ios ios_base left right streamoff streampos streamsize",
    "iostream": "cerr cin clog cout",
    "istream": "istream ws",
    "iterator": """advance back_inserter bidirectional_iterator_tag contiguous_iterator_tag cbegin cend
        data distance empty begin end forward_iterator_tag front_inserter input_iterator_tag inserter
        istream_iterator istreambuf_iterator iter_reference_t iter_value_t iterator_traits
        make_move_iterator make_reverse_iterator move_iterator next ostream_iterator
        ostreambuf_iterator output_iterator_tag prev random_access_iterator_tag rbegin rend
        reverse_iterator size ssize""",
    "latch": "latch",
    "limits": "numeric_limits",
    "list": "list",
    "locale": "locale",
    "map": "map multimap",
    "memory": """addressof align allocator allocator_traits const_pointer_cast construct_at
        default_delete destroy_at dynamic_pointer_cast enable_shared_from_this make_shared make_unique
        make_unique_for_overwrite owner_less pointer_traits shared_ptr static_pointer_cast to_address
        unique_ptr weak_ptr""",
    "memory_resource": "pmr",
    "mutex": "call_once defer_lock lock_guard mutex once_flag recursive_mutex scoped_lock try_to_lock unique_lock",
    "new": "align_val_t bad_alloc hardware_destructive_interference_size launder nothrow",
    "numbers": "numbers",
    "numeric": "accumulate exclusive_scan gcd inclusive_scan inner_product iota lcm midpoint partial_sum reduce",
    "optional": "bad_optional_access make_optional nullopt nullopt_t optional",
    "ostream": "endl flush ostream",
    "queue": "priority_queue queue",
    "random": """bernoulli_distribution default_random_engine discrete_distribution
        exponential_distribution mt19937 mt19937_64 normal_distribution poisson_distribution
        random_device seed_seq uniform_int_distribution uniform_real_distribution""",
    "ratio": "kilo mega micro milli nano ratio",
    "regex": """cmatch cregex_iterator regex regex_constants regex_error regex_iterator regex_match
        regex_replace regex_search smatch sregex_iterator sregex_token_iterator ssub_match svmatch""",
    "semaphore": "binary_semaphore counting_semaphore",
    "set": "multiset set",
    "shared_mutex": "shared_lock shared_mutex",
    "source_location": "source_location",
    "span": "as_bytes as_writable_bytes dynamic_extent span",
    "sstream": "istringstream ostringstream stringbuf stringstream",
    "stack": "stack",
    "stdexcept": "domain_error invalid_argument length_error logic_error out_of_range overflow_error range_error runtime_error",
    "stop_token": "stop_callback stop_source stop_token",
    "streambuf": "streambuf",
    "string": """basic_string char_traits getline stod stof stoi stol stoll stoul stoull string
        to_string u16string u32string u8string wstring""",
    "string_view": "basic_string_view string_view u16string_view u32string_view u8string_view",
    "system_error": "errc error_category error_code error_condition generic_category make_error_code system_category system_error",
    "thread": "jthread this_thread thread",
    "tuple": "apply forward_as_tuple ignore make_from_tuple make_tuple tie tuple tuple_cat tuple_element tuple_element_t tuple_size tuple_size_v",
    "type_traits": """add_const_t bool_constant common_type_t conditional_t conjunction_v decay_t
        disjunction_v enable_if_t extent_v false_type integral_constant invoke_result_t
        is_arithmetic_v is_base_of_v is_const_v is_constant_evaluated is_constructible_v
        is_convertible_v is_copy_constructible_v is_default_constructible_v is_empty_v is_enum_v
        is_floating_point_v is_integral_v is_invocable_r_v is_invocable_v is_lvalue_reference_v
        is_move_constructible_v is_nothrow_move_assignable_v is_nothrow_move_constructible_v
        is_pointer_v is_same is_same_v is_signed_v is_standard_layout_v is_trivially_copyable
        is_trivially_copyable_v is_trivially_destructible_v is_unsigned_v is_void_v make_signed_t
        make_unsigned_t remove_const_t remove_cv_t remove_cvref_t remove_pointer_t
        remove_reference_t true_type type_identity_t underlying_type_t void_t""",
    "typeindex": "type_index",
    "typeinfo": "bad_cast type_info",
    "unordered_map": "unordered_map unordered_multimap",
    "unordered_set": "unordered_multiset unordered_set",
    "utility": """as_const cmp_equal cmp_greater cmp_greater_equal cmp_less cmp_less_equal
        cmp_not_equal declval exchange forward in_place in_place_index in_place_t in_place_type
        in_range index_sequence index_sequence_for integer_sequence make_index_sequence make_pair move
        pair piecewise_construct swap to_underlying unreachable""",
    "variant": "get_if holds_alternative monostate variant variant_alternative_t variant_size_v visit",
    "vector": "vector",
}
HEADER_OF = {name: header for header, names in HEADERS.items() for name in names.split()}

CONTAINERS = {"array", "deque", "list", "map", "set", "span", "string", "string_view", "unordered_map",
              "unordered_set", "vector"}
STREAMS = {"fstream", "iostream", "istream", "ostream", "sstream"}
# Other headers that the standard says bring a name too.
ALSO = {
    "size_t": {"cstdio", "cstdlib", "cstring", "ctime"},
    "swap": {"string", "vector", "optional", "memory"},
    "hash": {"string", "string_view", "optional", "variant", "memory", "thread", "system_error"},
    "move": {"algorithm"},
    "pair": {"map", "unordered_map"},
    "initializer_list": CONTAINERS | {"optional", "utility", "algorithm", "variant", "functional",
                                      "random"},
    "in_place": {"optional", "variant"},
    "remove": {"cstdio"},
    "abs": {"cmath"},
    "errc": {"charconv"},
    "error_code": {"filesystem"},
    "stop_token": {"thread", "condition_variable"},
    "stop_source": {"thread", "condition_variable"},
    "greater": {"queue"},
    "less": {"map", "set"},
    "tuple_size": {"array", "utility"},
    "tuple_element": {"array", "utility"},
}
ALSO |= {name: CONTAINERS for name in ("begin", "end", "cbegin", "cend", "rbegin", "rend", "size",
                                       "ssize", "data", "empty")}
ALSO |= {name: STREAMS | {"iomanip"} for name in HEADERS["ios"].split()}
ALSO |= {name: STREAMS for name in ("ostream", "istream", "flush", "endl", "streambuf")}

# Each container and wrapper has its own: no one header to ask for.
ANYWHERE = {"erase", "erase_if", "get", "ranges", "literals", "string_literals", "chrono_literals",
            "string_view_literals", "numeric_limits_base"}

# The same without std::, from the C headers, and macros.
BARE = [
    (re.compile(r"(?<![\w:.>])u?int(?:8|16|32|64)_t\b|\bU?INT(?:8|16|32|64)_(?:MAX|MIN|C)\b|\bSIZE_MAX\b"),
     "cstdint", {"stdint.h"}),
    (re.compile(r"(?<![\w:.>])size_t\b"), "cstddef", {"cstdio", "cstdlib", "cstring", "ctime",
                                                      "stddef.h"}),
    (re.compile(r"\berrno\b"), "cerrno", {"errno.h"}),
    (re.compile(r"(?<![\w:.>])assert\("), "cassert", {"assert.h"}),
]

# Comments, literals and directives say nothing about what is used. Length is kept for line numbers.
NOISE = re.compile(r"""//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)'(?:\\.|[^'\\\n])+'"""
                   r"""|^[ \t]*\#[^\n]*""", re.DOTALL | re.MULTILINE)


def code_of(text):
    return NOISE.sub(lambda noise: re.sub(r"[^\n]", " ", noise.group(0)), text)


def used(text):
    """[(name, header, other headers that do, offset)] in order; header is None for an unknown name."""
    code = code_of(text)
    for found in re.finditer(r"\bstd::(?:ranges::)?(\w+)", code):
        name = found.group(1)
        if name not in ANYWHERE:
            yield f"std::{name}", HEADER_OF.get(name), ALSO.get(name, set()), found.start()
    for pattern, header, others in BARE:
        for found in pattern.finditer(code):
            yield found.group(0), header, others, found.start()


def own_header(tree, path):
    for ending in ("_test.cpp", ".cpp"):
        if path.endswith(ending):
            header = path[:-len(ending)] + ".hpp"
            if (tree.root / header).is_file():
                return header
    return None


def check(tree):
    for path in tree.ending(".cpp", ".hpp"):
        included = set(tree.angle_includes(path))
        own = own_header(tree, path)
        if own:
            included |= tree.angle_includes(own)
        text = tree.text(path)
        told = set()
        for name, header, others, offset in used(text):
            if header in included or others & included or (header or name) in told:
                continue
            told.add(header or name)
            line = line_of(text, offset)
            if header is None:
                yield Finding(path, line, f"uses {name}, which packaging/guards/includes.py does not "
                                          "know: add it to its table")
            else:
                yield Finding(path, line, f"uses {name} and does not include <{header}>")
