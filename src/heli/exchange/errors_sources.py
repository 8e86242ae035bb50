"""Why a file, a database or an API cannot be published as it was given."""

from heli.errors import BadInputError, ConflictError, gettext_noop


class FilesFullError(BadInputError):
    """The files of a department would take more room than they may."""

    code = "exchange.files_full"
    message = gettext_noop("The files of {department} would take more than {most} MB.")
    remedy = gettext_noop(
        "Replace a file instead of sending one more, or have the operator raise"
        " HELI_DEPARTMENT_FILES_MB."
    )


class FileInUseError(ConflictError):
    """Another resource is read from the file that would be replaced."""

    code = "exchange.file_in_use"
    message = gettext_noop("{resource} is read from the file {file} already.")
    remedy = gettext_noop("Give the resource of the contract another name.")


class SourceFaultError(BadInputError):
    """A data source could not be read when it was tried."""


class SourceUnreachableError(SourceFaultError):
    """Nothing answers where the source should be."""

    code = "exchange.source_unreachable"
    message = gettext_noop("Nothing answers at {place}, or not in time.")
    remedy = gettext_noop("Check the address, and whether the network lets Heli through.")


class SourceCredentialError(SourceFaultError):
    """The source does not accept the credential."""

    code = "exchange.source_credential"
    message = gettext_noop("{place} does not accept this user and password.")
    remedy = gettext_noop("Enter them again, or ask whoever runs the source.")


class SourceDatabaseError(SourceFaultError):
    """The server has no such database."""

    code = "exchange.source_database"
    message = gettext_noop("There is no database {database} there, or the user may not open it.")
    remedy = gettext_noop("Check its name, and let the user open it for reading.")


class SourceTableError(SourceFaultError):
    """The source has no such table, view or path."""

    code = "exchange.source_table"
    message = gettext_noop("There is no {table} there, or the user may not read it.")
    remedy = gettext_noop("Check the name of the table, view or path, and let the user read it.")


class SourceColumnsError(SourceFaultError):
    """The table lacks columns."""

    code = "exchange.source_columns"
    message = gettext_noop("{table} has no columns called {columns}.")
    remedy = gettext_noop(
        "Choose how the columns are called, or make a view with the columns of the contract."
    )


class SourceAnswerError(SourceFaultError):
    """The source answers with something else."""

    code = "exchange.source_answer"
    message = gettext_noop("The source does not answer with records: {reason}.")
    remedy = gettext_noop("Check where in the answer the records are, and try it again.")


class SourceConflictsError(SourceFaultError):
    """What the source holds does not keep the contract."""

    code = "exchange.source_conflicts"
    message = gettext_noop("The records do not keep the contract in {count} fields.")
    remedy = gettext_noop("Correct the contract or the source, and try it again.")


class SourceNameTakenError(ConflictError):
    """The name is another source's."""

    code = "exchange.source_name"
    message = gettext_noop("{source} is registered already, at another place.")
    remedy = gettext_noop("Give this data source another short name.")
