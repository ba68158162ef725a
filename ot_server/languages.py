"""The languages that the server knows, one row each, and what files in them are called.

A session may be in any language; one that isn't here is treated as plain text.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Final, NamedTuple

__all__ = ["LANGUAGES", "PLAIN", "Language", "file_name", "language_of", "language_of_file"]

NOT_IN_NAMES: Final = re.compile(r'[<>:"/\\|?*]')
"""The characters with a special meaning in some file system or shell."""
MOST_BYTES: Final = 200
"""The longest name of a file without its ending; file systems allow 255 with it."""


class Language(NamedTuple):
    """A language's name, the endings of its files, and the words that it has built in."""

    name: str
    endings: tuple[str, ...]
    """With their dots; files are saved with the first."""
    keywords: tuple[str, ...] = ()
    builtins: tuple[str, ...] = ()
    """Names that can be used without an import."""


def _words(words: str) -> tuple[str, ...]:
    return tuple(sorted(words.split(), key=str.lower))


PLAIN: Final = Language("Plain text", (".txt",))

PYTHON: Final = Language(
    "Python",
    (".py", ".pyi", ".pyw"),
    _words("""
        False None True and as assert async await break case class continue def del elif else
        except finally for from global if import in is lambda match nonlocal not or pass raise
        return try type while with yield
    """),
    _words("""
        ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup
        BlockingIOError BrokenPipeError BufferError BytesWarning ChildProcessError
        ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError
        DeprecationWarning EOFError Ellipsis Exception ExceptionGroup FileExistsError
        FileNotFoundError FloatingPointError FutureWarning GeneratorExit ImportError
        ImportWarning IndentationError IndexError InterruptedError IsADirectoryError KeyError
        KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError
        NotADirectoryError NotImplemented NotImplementedError OSError OverflowError
        PendingDeprecationWarning PermissionError ProcessLookupError RecursionError
        ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration
        StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError
        TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError
        UnicodeWarning UserWarning ValueError Warning ZeroDivisionError
        abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr
        classmethod compile complex delattr dict dir divmod enumerate eval exec exit filter
        float format frozenset getattr globals hasattr hash help hex id input int isinstance
        issubclass iter len list locals map max memoryview min next object oct open ord pow
        print property quit range repr reversed round self set setattr slice sorted
        staticmethod str sum super tuple vars zip __name__ __file__
    """),
)

JAVASCRIPT_KEYWORDS: Final = """
    async await break case catch class const continue debugger default delete do else export
    extends false finally for from function get if import in instanceof let new null of return
    set static super switch this throw true try typeof undefined var void while with yield
"""
JAVASCRIPT_BUILTINS: Final = """
    AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date
    Error EvalError FinalizationRegistry Float32Array Float64Array Function Infinity Int16Array
    Int32Array Int8Array Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError
    ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError URIError Uint16Array
    Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet console decodeURI
    decodeURIComponent encodeURI encodeURIComponent globalThis isFinite isNaN parseFloat
    parseInt queueMicrotask structuredClone
"""
JAVASCRIPT: Final = Language(
    "JavaScript",
    (".js", ".cjs", ".jsx", ".mjs"),
    _words(JAVASCRIPT_KEYWORDS),
    _words(JAVASCRIPT_BUILTINS),
)

TYPESCRIPT: Final = Language(
    "TypeScript",
    (".ts", ".cts", ".mts", ".tsx"),
    _words(f"""{JAVASCRIPT_KEYWORDS}
        abstract accessor any as asserts bigint boolean declare enum implements infer interface
        is keyof module namespace never number object out override private protected public
        readonly satisfies string symbol type unique unknown using
    """),
    _words(f"""{JAVASCRIPT_BUILTINS}
        Awaited Capitalize ConstructorParameters Exclude Extract InstanceType Lowercase NoInfer
        NonNullable Omit Parameters Partial Pick Readonly ReadonlyArray ReadonlyMap ReadonlySet
        Record Required ReturnType ThisType Uncapitalize Uppercase
    """),
)

JAVA: Final = Language(
    "Java",
    (".java",),
    _words("""
        abstract assert boolean break byte case catch char class const continue default do
        double else enum extends false final finally float for goto if implements import
        instanceof int interface long native new null package permits private
        protected public record return sealed short static strictfp super switch synchronized
        this throw throws transient true try var void volatile when while yield
    """),
    _words("""
        ArithmeticException ArrayIndexOutOfBoundsException AutoCloseable Boolean Byte CharSequence
        Character Class ClassCastException Cloneable Comparable Deprecated Double Enum Error
        Exception Float FunctionalInterface IllegalArgumentException IllegalStateException
        IndexOutOfBoundsException Integer InterruptedException Iterable Long Math
        NullPointerException Number NumberFormatException Object Override Process Record Runnable
        Runtime RuntimeException SafeVarargs Short StackOverflowError String StringBuilder
        SuppressWarnings System Thread Throwable UnsupportedOperationException Void
    """),
)

CPP: Final = Language(
    "C++",
    (".cpp", ".c", ".cc", ".cxx", ".h", ".hh", ".hpp"),
    _words("""
        alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t
        char32_t char8_t class co_await co_return co_yield compl concept const const_cast
        consteval constexpr constinit continue decltype default delete do double dynamic_cast
        else enum explicit export extern false final float for friend goto if import inline int
        long module mutable namespace new noexcept not not_eq nullptr operator or or_eq override
        private protected public register reinterpret_cast requires return short signed sizeof
        static static_assert static_cast struct switch template this thread_local throw true try
        typedef typeid typename union unsigned using virtual void volatile wchar_t while xor
        xor_eq
    """),
    _words("""
        algorithm array cerr chrono cin clog cout deque endl exception expected filesystem
        format forward function getline int16_t int32_t int64_t int8_t iostream list make_pair
        make_shared make_unique map move mutex nullopt numeric optional ostream pair print
        priority_queue println queue random ranges runtime_error set shared_ptr size_t sort span
        stack std stoi string string_view stringstream swap thread to_string tuple uint16_t
        uint32_t uint64_t uint8_t unique_ptr unordered_map unordered_set variant vector weak_ptr
    """),
)

LANGUAGES: Final = {
    "python": PYTHON,
    "javascript": JAVASCRIPT,
    "typescript": TYPESCRIPT,
    "java": JAVA,
    "cpp": CPP,
    "plain": PLAIN,
}
OF_ENDING: Final = {
    ending: id_ for id_, language in LANGUAGES.items() for ending in language.endings
}


def language_of(id_: str) -> Language:
    """Return a language; an unknown one is plain text."""
    return LANGUAGES.get(id_, PLAIN)


def language_of_file(name: str) -> str:
    """Return the id of the language that a file's ending stands for, or of plain text."""
    return OF_ENDING.get(PurePath(name).suffix.lower(), "plain")


def file_name(title: str, language: str) -> str:
    """Return the name of the file that a session with this title is saved as.

    >>> file_name("../Fibonacci", "python")
    '_Fibonacci.py'
    >>> file_name("main.py", "python")
    'main.py'
    """
    ending = language_of(language).endings[0]
    stem = "".join(char if char.isprintable() else "_" for char in NOT_IN_NAMES.sub("_", title))
    stem = stem.strip().removesuffix(ending)
    stem = stem.encode()[:MOST_BYTES].decode(errors="ignore").strip(". ")
    return f"{stem or 'untitled'}{ending}"
