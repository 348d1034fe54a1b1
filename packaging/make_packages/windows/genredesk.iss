; The installer for Windows (Inno Setup 6), from the folder that PyInstaller made.
; make_packages calls: iscc /DVersion=… /DFolder=… /DTarget=… /DIcon=… genredesk.iss

#ifndef Version
  #error "Run `python packaging/make_packages installer`, which says version and folders."
#endif

[Setup]
AppId={{7B1C1D43-5C6E-4E6B-9C5B-0F3C0E1B7A52}
AppName=GenreDesk
AppVersion={#Version}
AppPublisher=The GenreDesk founders
LicenseFile={#Folder}\..\..\..\LICENSE
DefaultDirName={autopf}\GenreDesk
DefaultGroupName=GenreDesk
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
SetupIconFile={#Icon}
UninstallDisplayIcon={app}\genredesk.exe
UninstallDisplayName=GenreDesk
OutputDir={#Target}
OutputBaseFilename=genredesk-{#Version}-windows-setup
Compression=lzma2
SolidCompression=yes
WizardStyle=modern
ChangesAssociations=yes

[Languages]
Name: "english"; MessagesFile: "compiler:Default.isl"
Name: "german"; MessagesFile: "compiler:Languages\German.isl"

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; GroupDescription: "{cm:AdditionalIcons}"; Flags: unchecked

[InstallDelete]
; what an older version packed must not be found by this one
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Folder}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{group}\GenreDesk"; Filename: "{app}\genredesk.exe"; Parameters: "gui"
Name: "{autodesktop}\GenreDesk"; Filename: "{app}\genredesk.exe"; Parameters: "gui"; Tasks: desktopicon

[Registry]
Root: HKA; Subkey: "Software\Classes\.genredesk"; ValueType: string; ValueData: "GenreDesk.Model"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.genredesk"; ValueType: string; ValueName: "Content Type"; ValueData: "application/x-genredesk"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\GenreDesk.Model"; ValueType: string; ValueData: "GenreDesk model"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\GenreDesk.Model\DefaultIcon"; ValueType: string; ValueData: "{app}\genredesk.exe,0"
Root: HKA; Subkey: "Software\Classes\GenreDesk.Model\shell\open\command"; ValueType: string; ValueData: """{app}\genredesk.exe"" gui ""%1"""
Root: HKA; Subkey: "Software\Classes\Applications\genredesk.exe"; ValueType: string; ValueName: "FriendlyAppName"; ValueData: "GenreDesk"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Applications\genredesk.exe\shell\open\command"; ValueType: string; ValueData: """{app}\genredesk.exe"" gui ""%1"""
Root: HKA; Subkey: "Software\Microsoft\Windows\CurrentVersion\App Paths\genredesk.exe"; ValueType: string; ValueData: "{app}\genredesk.exe"; Flags: uninsdeletekey

[Run]
Filename: "{app}\genredesk.exe"; Parameters: "gui"; Description: "{cm:LaunchProgram,GenreDesk}"; Flags: nowait postinstall skipifsilent
