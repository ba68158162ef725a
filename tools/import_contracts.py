"""A contract for import-linter: a package imports only the standard library and named packages.

import-linter itself forbids packages by name, so it would let through a dependency that nobody
thought of.  pyproject.toml says what each package may import.
"""

import sys
from collections.abc import Set
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class AllowedContract(Contract):
    """``package`` imports itself, the standard library and ``allowed``; nothing else."""

    type_name = "allowed"

    package = fields.StringField()
    allowed = fields.SetField(subfield=fields.StringField(), required=False, default=frozenset())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Check each direct import; allowed packages have contracts of their own."""
        package = cast(str, self.package)  # import-linter puts the parsed value over the field
        known = {package, *cast(Set[str], self.allowed), *sys.stdlib_module_names}
        strangers = [
            f"{importer} imports {imported}"
            for importer in sorted({package} | graph.find_descendants(package))
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if imported.partition(".")[0] not in known
        ]
        return ContractCheck(kept=not strangers, metadata={"strangers": strangers})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one line per import that is not allowed."""
        for stranger in check.metadata["strangers"]:
            output.print_error(stranger)
