<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
  <context>
    <name>Adjust</name>
    <message>
      <source>Nothing was changed. Check that the file can be written, that the disk is not full, and try again.</source>
      <translation>No se cambió nada. Compruebe que se puede escribir el archivo y que el disco no está lleno, e inténtelo de nuevo.</translation>
    </message>
    <message>
      <source>The polygons in {path} cannot be changed ({reason}).</source>
      <translation>No se pueden cambiar los polígonos de {path} ({reason}).</translation>
    </message>
    <message>
      <source>another program has changed them</source>
      <translation>otro programa los ha cambiado</translation>
    </message>
    <message>
      <source>the file is gone</source>
      <translation>el archivo ya no está</translation>
    </message>
  </context>
  <context>
    <name>AnomalyLensDock</name>
    <message>
      <source>Anomaly Lens</source>
      <translation>Anomaly Lens</translation>
    </message>
    <message>
      <source>Cancelling…</source>
      <translation>Cancelando…</translation>
    </message>
    <message>
      <source>Earlier results are unticked in the layer tree.</source>
      <translation>Los resultados anteriores están desmarcados en el árbol de capas.</translation>
    </message>
    <message>
      <source>Export…</source>
      <translation>Exportar…</translation>
    </message>
    <message>
      <source>Load a raster layer, or tick one in the list.</source>
      <translation>Cargue una capa ráster o marque una en la lista.</translation>
    </message>
    <message>
      <source>Load a raster layer, or tick one, to begin.</source>
      <translation>Cargue o marque una capa ráster para empezar.</translation>
    </message>
    <message>
      <source>No engine: open options</source>
      <translation>Sin motor: abrir opciones</translation>
    </message>
    <message>
      <source>No raster layer is chosen.</source>
      <translation>No hay capa ráster elegida.</translation>
    </message>
    <message>
      <source>Options…</source>
      <translation>Opciones…</translation>
    </message>
    <message>
      <source>Ready to run.</source>
      <translation>Listo para ejecutar.</translation>
    </message>
    <message>
      <source>Review</source>
      <translation>Revisar</translation>
    </message>
    <message>
      <source>Starting the engine</source>
      <translation>Iniciando el motor</translation>
    </message>
    <message>
      <source>Starting the engine…</source>
      <translation>Iniciando el motor…</translation>
    </message>
    <message>
      <source>Table</source>
      <translation>Tabla</translation>
    </message>
    <message>
      <source>The engine computes on this device. Press to open the options</source>
      <translation>El motor calcula en este dispositivo. Pulse para abrir las opciones</translation>
    </message>
    <message>
      <source>The engine could not be started.</source>
      <translation>No se pudo iniciar el motor.</translation>
    </message>
    <message>
      <source>The first start can take a minute</source>
      <translation>El primer inicio puede tardar un minuto</translation>
    </message>
    <message>
      <source>{time} left</source>
      <translation>faltan {time}</translation>
    </message>
    <message>
      <source>“{name}” is no file on disk: it is exported first.</source>
      <translation>«{name}» no es un archivo del disco: se exporta antes.</translation>
    </message>
  </context>
  <context>
    <name>AnomalyLensPlugin</name>
    <message>
      <source>&amp;Leave them</source>
      <translation>&amp;Dejarlas</translation>
    </message>
    <message>
      <source>&amp;Move</source>
      <translation>&amp;Mover</translation>
    </message>
    <message>
      <source>&amp;Other folder…</source>
      <translation>&amp;Otra carpeta…</translation>
    </message>
    <message>
      <source>Accept or reject anomalies, one after the other</source>
      <translation>Aceptar o rechazar anomalías, una tras otra</translation>
    </message>
    <message>
      <source>Anomaly Lens</source>
      <translation>Anomaly Lens</translation>
    </message>
    <message>
      <source>Anomaly review</source>
      <translation>Revisión de anomalías</translation>
    </message>
    <message>
      <source>Find what does not belong in a raster layer</source>
      <translation>Encontrar lo que no encaja en una capa ráster</translation>
    </message>
    <message>
      <source>Folder for results</source>
      <translation>Carpeta para los resultados</translation>
    </message>
    <message>
      <source>Keep temporary results?</source>
      <translation>¿Conservar los resultados temporales?</translation>
    </message>
    <message>
      <source>Look</source>
      <translation>Aspecto</translation>
    </message>
    <message>
      <source>Move their files to {folder}?</source>
      <translation>¿Mover sus archivos a {folder}?</translation>
    </message>
    <message>
      <source>Review</source>
      <translation>Revisar</translation>
    </message>
    <message>
      <source>The project shows result layers that are deleted when QGIS closes: {count}.</source>
      <translation>El proyecto muestra capas de resultados que se borran al cerrar QGIS: {count}.</translation>
    </message>
    <message>
      <source>The results were moved to {folder}.</source>
      <translation>Los resultados se movieron a {folder}.</translation>
    </message>
    <message>
      <source>Threshold</source>
      <translation>Umbral</translation>
    </message>
  </context>
  <context>
    <name>Area</name>
    <message>
      <source>Choose a polygon layer with features.</source>
      <translation>Elija una capa de polígonos con objetos.</translation>
    </message>
    <message>
      <source>No polygon is selected in the layer “{name}”.</source>
      <translation>No hay polígonos seleccionados en la capa «{name}».</translation>
    </message>
    <message>
      <source>Select some, or untick “Selected features only”.</source>
      <translation>Seleccione algunos o desmarque «Solo objetos seleccionados».</translation>
    </message>
    <message>
      <source>The extent cannot be brought to the layer's CRS {crs}.</source>
      <translation>La extensión no puede llevarse al SRC {crs} de la capa.</translation>
    </message>
    <message>
      <source>The layer “{name}” holds no usable polygon.</source>
      <translation>La capa «{name}» no tiene polígonos utilizables.</translation>
    </message>
    <message>
      <source>Zoom in on the layer, or choose its whole extent.</source>
      <translation>Acérquese en la capa o elija toda su extensión.</translation>
    </message>
  </context>
  <context>
    <name>AttributeKeeper</name>
    <message>
      <source>Measures of anomalies</source>
      <translation>Medidas de las anomalías</translation>
    </message>
    <message>
      <source>Polygons of “{name}” that crossed themselves and were repaired: {count}.</source>
      <translation>Polígonos de «{name}» que se cruzaban y se repararon: {count}.</translation>
    </message>
    <message>
      <source>Polygons of “{name}” that have no area: {count}. Draw them anew or delete them.</source>
      <translation>Polígonos de «{name}» que no tienen área: {count}. Dibújelos de nuevo o bórrelos.</translation>
    </message>
  </context>
  <context>
    <name>Batch</name>
    <message>
      <source>Add it to the project and the batch.</source>
      <translation>Añádala al proyecto y al lote.</translation>
    </message>
    <message>
      <source>Anomaly Lens</source>
      <translation>Anomaly Lens</translation>
    </message>
    <message>
      <source>Batch…</source>
      <translation>Lote…</translation>
    </message>
    <message>
      <source>Choose a folder with raster files.</source>
      <translation>Elija una carpeta con archivos ráster.</translation>
    </message>
    <message>
      <source>Close other programs that use it, or choose another name.</source>
      <translation>Cierre los programas que lo usan o elija otro nombre.</translation>
    </message>
    <message>
      <source>Done</source>
      <translation>Hecho</translation>
    </message>
    <message>
      <source>Failed</source>
      <translation>Falló</translation>
    </message>
    <message>
      <source>Repeat on other layers…</source>
      <translation>Repetir con otras capas…</translation>
    </message>
    <message>
      <source>Save it as UTF-8 text.</source>
      <translation>Guárdelo como texto UTF-8.</translation>
    </message>
    <message>
      <source>Search a part of it from the Anomaly Lens panel.</source>
      <translation>Busque en una parte desde el panel de Anomaly Lens.</translation>
    </message>
    <message>
      <source>Skipped</source>
      <translation>Saltada</translation>
    </message>
    <message>
      <source>Skipped.</source>
      <translation>Saltada.</translation>
    </message>
    <message>
      <source>Starting the engine</source>
      <translation>Iniciando el motor</translation>
    </message>
    <message>
      <source>The layer “{name}” has no pixels of its own.</source>
      <translation>La capa «{name}» no tiene píxeles propios.</translation>
    </message>
    <message>
      <source>The layer “{name}” is no longer in the project.</source>
      <translation>La capa «{name}» ya no está en el proyecto.</translation>
    </message>
    <message>
      <source>There is no raster in {folder}.</source>
      <translation>No hay rásteres en {folder}.</translation>
    </message>
    <message>
      <source>Waiting</source>
      <translation>En espera</translation>
    </message>
    <message>
      <source>Write one path on each line.</source>
      <translation>Escriba una ruta en cada línea.</translation>
    </message>
    <message>
      <source>each modality's own smallest area</source>
      <translation>el área mínima de cada modalidad</translation>
    </message>
    <message>
      <source>each modality's own threshold</source>
      <translation>el umbral de cada modalidad</translation>
    </message>
    <message>
      <source>model “{name}”</source>
      <translation>modelo «{name}»</translation>
    </message>
    <message>
      <source>outlines from {share} % of the peak</source>
      <translation>contornos desde el {share} % del pico</translation>
    </message>
    <message>
      <source>score from {score}</source>
      <translation>puntuación desde {score}</translation>
    </message>
    <message>
      <source>smallest area {area} (m², or pixels without CRS)</source>
      <translation>área mínima {area} (m², o píxeles sin SRC)</translation>
    </message>
    <message>
      <source>top {percent} %</source>
      <translation>{percent} % superior</translation>
    </message>
    <message>
      <source>{path} cannot be read ({reason}).</source>
      <translation>{path} no se puede leer ({reason}).</translation>
    </message>
    <message>
      <source>{path} cannot be written ({reason}).</source>
      <translation>{path} no se puede escribir ({reason}).</translation>
    </message>
    <message>
      <source>{path} names no file.</source>
      <translation>{path} no nombra ningún archivo.</translation>
    </message>
    <message>
      <source>{seconds} s</source>
      <translation>{seconds} s</translation>
    </message>
  </context>
  <context>
    <name>BatchDialog</name>
    <message>
      <source>Add layers, files or a folder to begin.</source>
      <translation>Añada capas, archivos o una carpeta para empezar.</translation>
    </message>
    <message>
      <source>All raster layers ({count})</source>
      <translation>Todas las capas ráster ({count})</translation>
    </message>
    <message>
      <source>Anomaly Lens batch</source>
      <translation>Lote de Anomaly Lens</translation>
    </message>
    <message>
      <source>Anomaly Lens panel</source>
      <translation>Panel de Anomaly Lens</translation>
    </message>
    <message>
      <source>Batch {time}</source>
      <translation>Lote {time}</translation>
    </message>
    <message>
      <source>Batch: {summary}</source>
      <translation>Lote: {summary}</translation>
    </message>
    <message>
      <source>CSV files (*.csv)</source>
      <translation>Archivos CSV (*.csv)</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Cancelar</translation>
    </message>
    <message>
      <source>Cancelling…</source>
      <translation>Cancelando…</translation>
    </message>
    <message>
      <source>Choose one under “Results in”.</source>
      <translation>Elija una en «Resultados en».</translation>
    </message>
    <message>
      <source>Each scene's own</source>
      <translation>La de cada escena</translation>
    </message>
    <message>
      <source>Folder with rasters</source>
      <translation>Carpeta con rásteres</translation>
    </message>
    <message>
      <source>Lists of files (*.txt)</source>
      <translation>Listas de archivos (*.txt)</translation>
    </message>
    <message>
      <source>Looking for rasters. Files looked at: {count}</source>
      <translation>Buscando rásteres. Archivos examinados: {count}</translation>
    </message>
    <message>
      <source>No folder is chosen for the results.</source>
      <translation>No hay carpeta elegida para los resultados.</translation>
    </message>
    <message>
      <source>Open…</source>
      <translation>Abrir…</translation>
    </message>
    <message>
      <source>Rasters to search</source>
      <translation>Rásteres en los que buscar</translation>
    </message>
    <message>
      <source>Save the table</source>
      <translation>Guardar la tabla</translation>
    </message>
    <message>
      <source>The table was written to {path}.</source>
      <translation>La tabla se escribió en {path}.</translation>
    </message>
    <message>
      <source>{done} of {all} scenes done, {failed} failed, {skipped} skipped; anomalies: {total}.</source>
      <translation>Escenas hechas: {done} de {all}, fallidas: {failed}, saltadas: {skipped}; anomalías: {total}.</translation>
    </message>
  </context>
  <context>
    <name>BatchForm</name>
    <message>
      <source>&amp;Add results to the project as they come</source>
      <translation>Añadir los resultados al proyecto a medida que llega&amp;n</translation>
    </message>
    <message>
      <source>&amp;Cancel</source>
      <translation>&amp;Cancelar</translation>
    </message>
    <message>
      <source>&amp;Modality</source>
      <translation>&amp;Modalidad</translation>
    </message>
    <message>
      <source>&amp;Remove</source>
      <translation>&amp;Quitar</translation>
    </message>
    <message>
      <source>&amp;Start</source>
      <translation>&amp;Iniciar</translation>
    </message>
    <message>
      <source>Add &amp;files…</source>
      <translation>Añadir &amp;archivos…</translation>
    </message>
    <message>
      <source>Add &amp;layers</source>
      <translation>Añadir capa&amp;s</translation>
    </message>
    <message>
      <source>Add all rasters in a folder and below</source>
      <translation>Añadir todos los rásteres de una carpeta y sus subcarpetas</translation>
    </message>
    <message>
      <source>Add f&amp;older…</source>
      <translation>Añadir ca&amp;rpeta…</translation>
    </message>
    <message>
      <source>Add raster files, or text files with a path on each line</source>
      <translation>Añadir archivos ráster, o archivos de texto con una ruta por línea</translation>
    </message>
    <message>
      <source>Add raster layers of the project</source>
      <translation>Añadir capas ráster del proyecto</translation>
    </message>
    <message>
      <source>Add the results of the selected scenes to the project; all where none is selected</source>
      <translation>Añadir al proyecto los resultados de las escenas seleccionadas; todas si no hay selección</translation>
    </message>
    <message>
      <source>Add to &amp;project</source>
      <translation>Añadir al &amp;proyecto</translation>
    </message>
    <message>
      <source>Clos&amp;e</source>
      <translation>C&amp;errar</translation>
    </message>
    <message>
      <source>Close the window; a batch under way goes on</source>
      <translation>Cerrar la ventana; un lote en marcha continúa</translation>
    </message>
    <message>
      <source>Folder for heat maps and anomalies</source>
      <translation>Carpeta para mapas de calor y anomalías</translation>
    </message>
    <message>
      <source>How each scene is searched; each is searched whole</source>
      <translation>Cómo se busca en cada escena; cada una se busca entera</translation>
    </message>
    <message>
      <source>How many of the scenes are done</source>
      <translation>Cuántas escenas están hechas</translation>
    </message>
    <message>
      <source>How the batch stands</source>
      <translation>Cómo va el lote</translation>
    </message>
    <message>
      <source>In one group; with hundreds of scenes the project becomes slow</source>
      <translation>En un grupo; con cientos de escenas el proyecto se vuelve lento</translation>
    </message>
    <message>
      <source>Leave out the selected scenes, also while being searched</source>
      <translation>Dejar fuera las escenas seleccionadas, también durante la búsqueda</translation>
    </message>
    <message>
      <source>Let the selected scenes that failed or were skipped wait again; all where none is selected</source>
      <translation>Poner de nuevo en espera las escenas seleccionadas que fallaron o se saltaron; todas si no hay selección</translation>
    </message>
    <message>
      <source>Re&amp;try</source>
      <translation>Rein&amp;tentar</translation>
    </message>
    <message>
      <source>Res&amp;ults in</source>
      <translation>Res&amp;ultados en</translation>
    </message>
    <message>
      <source>S&amp;kip</source>
      <translation>Sa&amp;ltar</translation>
    </message>
    <message>
      <source>Sa&amp;ve table…</source>
      <translation>&amp;Guardar tabla…</translation>
    </message>
    <message>
      <source>Scenes</source>
      <translation>Escenas</translation>
    </message>
    <message>
      <source>Search all scenes that wait, one after the other</source>
      <translation>Buscar en todas las escenas en espera, una tras otra</translation>
    </message>
    <message>
      <source>Search as the panel is set now, or as a run of this project was made</source>
      <translation>Buscar como está ajustado ahora el panel, o como se hizo una ejecución de este proyecto</translation>
    </message>
    <message>
      <source>Settin&amp;gs from</source>
      <translation>A&amp;justes de</translation>
    </message>
    <message>
      <source>Stop; the scene under way leaves nothing half-written and waits again</source>
      <translation>Detener; la escena en curso no deja nada a medias y vuelve a esperar</translation>
    </message>
    <message>
      <source>Take the selected scenes out of the list</source>
      <translation>Sacar de la lista las escenas seleccionadas</translation>
    </message>
    <message>
      <source>The kind of imagery, of each scene by itself or of all</source>
      <translation>El tipo de imagen, de cada escena por sí misma o de todas</translation>
    </message>
    <message>
      <source>Where all results are written; nothing there is overwritten</source>
      <translation>Dónde se escriben todos los resultados; nada de lo que hay se sobrescribe</translation>
    </message>
    <message>
      <source>Write the table to a CSV file, with all paths</source>
      <translation>Escribir la tabla en un archivo CSV, con todas las rutas</translation>
    </message>
  </context>
  <context>
    <name>BatchModel</name>
    <message>
      <source>Anomalies</source>
      <translation>Anomalías</translation>
    </message>
    <message>
      <source>Message</source>
      <translation>Mensaje</translation>
    </message>
    <message>
      <source>Modality</source>
      <translation>Modalidad</translation>
    </message>
    <message>
      <source>Scene</source>
      <translation>Escena</translation>
    </message>
    <message>
      <source>State</source>
      <translation>Situación</translation>
    </message>
    <message>
      <source>Time</source>
      <translation>Tiempo</translation>
    </message>
  </context>
  <context>
    <name>DecisionStore</name>
    <message>
      <source>Add it again, as a text; your decisions are kept.</source>
      <translation>Añádalo de nuevo, como texto; sus decisiones se conservan.</translation>
    </message>
    <message>
      <source>Another program may be writing it, or it is damaged. Your decisions are kept and tried again.</source>
      <translation>Puede que otro programa lo esté escribiendo o que esté dañado. Sus decisiones se conservan y se volverá a intentar.</translation>
    </message>
    <message>
      <source>Another program may have it open, or the disk is full. Your decisions are kept and tried again.</source>
      <translation>Puede que otro programa lo tenga abierto o que el disco esté lleno. Sus decisiones se conservan y se volverá a intentar.</translation>
    </message>
    <message>
      <source>Choose another folder that can be written to and has room.</source>
      <translation>Elija otra carpeta en la que se pueda escribir y haya espacio.</translation>
    </message>
    <message>
      <source>Make it writable, or go on in a copy. Your decisions are kept until then.</source>
      <translation>Permita escribir en él o siga en una copia. Hasta entonces se conservan sus decisiones.</translation>
    </message>
    <message>
      <source>Polygons were removed from {name} in another window. Decisions that had no place: {count}.</source>
      <translation>En otra ventana se quitaron polígonos de {name}. Decisiones que quedaron sin sitio: {count}.</translation>
    </message>
    <message>
      <source>Put it back: your decisions are kept and will be written then.</source>
      <translation>Devuélvalo a su sitio: sus decisiones se conservan y se escribirán entonces.</translation>
    </message>
    <message>
      <source>Review</source>
      <translation>Revisar</translation>
    </message>
    <message>
      <source>Save or discard its edits, and try again.</source>
      <translation>Guarde o descarte sus ediciones e inténtelo de nuevo.</translation>
    </message>
    <message>
      <source>Switch the layer's editing on: decisions are saved with its edits. They are kept until then.</source>
      <translation>Active la edición de la capa: las decisiones se guardan con sus ediciones. Se conservan hasta entonces.</translation>
    </message>
    <message>
      <source>The file of “{name}” is not a GeoPackage.</source>
      <translation>El archivo de «{name}» no es un GeoPackage.</translation>
    </message>
    <message>
      <source>The file {path} is gone.</source>
      <translation>El archivo {path} ya no está.</translation>
    </message>
    <message>
      <source>The list was read again. Look at what is there now, and decide again.</source>
      <translation>La lista se leyó de nuevo. Mire lo que hay ahora y decida otra vez.</translation>
    </message>
    <message>
      <source>Untick Read-only in Project &gt; Properties &gt; Data Sources, or go on in a copy. Your decisions are kept until then.</source>
      <translation>Desmarque Solo lectura en Proyecto &gt; Propiedades &gt; Fuentes de datos o siga en una copia. Hasta entonces se conservan sus decisiones.</translation>
    </message>
    <message>
      <source>there is a file of that name</source>
      <translation>hay un archivo con ese nombre</translation>
    </message>
    <message>
      <source>{name} cannot be copied to {folder} ({reason}).</source>
      <translation>{name} no se puede copiar a {folder} ({reason}).</translation>
    </message>
    <message>
      <source>{name} cannot be read at the moment.</source>
      <translation>{name} no se puede leer por el momento.</translation>
    </message>
    <message>
      <source>{name} cannot be written at the moment.</source>
      <translation>{name} no se puede escribir por el momento.</translation>
    </message>
    <message>
      <source>{name} is read-only.</source>
      <translation>{name} es de solo lectura.</translation>
    </message>
    <message>
      <source>“{name}” did not take the decision.</source>
      <translation>«{name}» no aceptó la decisión.</translation>
    </message>
    <message>
      <source>“{name}” has no field {field} any more.</source>
      <translation>«{name}» ya no tiene el campo {field}.</translation>
    </message>
    <message>
      <source>“{name}” is read-only in this project.</source>
      <translation>«{name}» es de solo lectura en este proyecto.</translation>
    </message>
  </context>
  <context>
    <name>Decisions</name>
    <message>
      <source>That polygon is not there any more: nothing was changed.</source>
      <translation>Ese polígono ya no está: no se cambió nada.</translation>
    </message>
    <message>
      <source>{what}: anomaly {rank}</source>
      <translation>{what}: anomalía {rank}</translation>
    </message>
  </context>
  <context>
    <name>DetectTask</name>
    <message>
      <source>Anomaly Lens</source>
      <translation>Anomaly Lens</translation>
    </message>
    <message>
      <source>Exporting “{name}”</source>
      <translation>Exportando «{name}»</translation>
    </message>
    <message>
      <source>Please report this with the details.</source>
      <translation>Infórmenos de esto con los detalles.</translation>
    </message>
    <message>
      <source>The run was cancelled.</source>
      <translation>Se canceló la ejecución.</translation>
    </message>
    <message>
      <source>“{name}” failed unexpectedly: {reason}.</source>
      <translation>«{name}» falló inesperadamente: {reason}.</translation>
    </message>
  </context>
  <context>
    <name>DockChoices</name>
    <message>
      <source>Automatic</source>
      <translation>Automático</translation>
    </message>
    <message>
      <source>Each layer's own suggestion, from its bands, type and wavelengths</source>
      <translation>La sugerencia propia de cada capa, por sus bandas, tipo y longitudes de onda</translation>
    </message>
    <message>
      <source>colour pictures</source>
      <translation>imágenes en color</translation>
    </message>
    <message>
      <source>{star} Suggested: {reason}</source>
      <translation>{star} Sugerida: {reason}</translation>
    </message>
  </context>
  <context>
    <name>DockForm</name>
    <message>
      <source>&amp;Batch…</source>
      <translation>&amp;Lote…</translation>
    </message>
    <message>
      <source>&amp;Cancel</source>
      <translation>&amp;Cancelar</translation>
    </message>
    <message>
      <source>&amp;Detector</source>
      <translation>&amp;Detector</translation>
    </message>
    <message>
      <source>&amp;Extent</source>
      <translation>&amp;Extensión</translation>
    </message>
    <message>
      <source>&amp;Help</source>
      <translation>A&amp;yuda</translation>
    </message>
    <message>
      <source>&amp;Layer</source>
      <translation>Ca&amp;pa</translation>
    </message>
    <message>
      <source>&amp;Modality</source>
      <translation>&amp;Modalidad</translation>
    </message>
    <message>
      <source>&amp;Output</source>
      <translation>&amp;Salida</translation>
    </message>
    <message>
      <source>&amp;Run</source>
      <translation>E&amp;jecutar</translation>
    </message>
    <message>
      <source>&amp;Threshold</source>
      <translation>&amp;Umbral</translation>
    </message>
    <message>
      <source>Accept or reject the anomalies, one after the other</source>
      <translation>Aceptar o rechazar las anomalías, una tras otra</translation>
    </message>
    <message>
      <source>E&amp;xport…</source>
      <translation>E&amp;xportar…</translation>
    </message>
    <message>
      <source>Engine not started</source>
      <translation>Motor sin iniciar</translation>
    </message>
    <message>
      <source>Folder for heat maps and anomalies</source>
      <translation>Carpeta para mapas de calor y anomalías</translation>
    </message>
    <message>
      <source>How much of the run is done</source>
      <translation>Cuánto de la ejecución está hecho</translation>
    </message>
    <message>
      <source>Lo&amp;g</source>
      <translation>Re&amp;gistro</translation>
    </message>
    <message>
      <source>Min. &amp;area</source>
      <translation>Área mí&amp;n.</translation>
    </message>
    <message>
      <source>P&amp;ixel size</source>
      <translation>Tamaño de p&amp;íxel</translation>
    </message>
    <message>
      <source>Re&amp;view</source>
      <translation>Re&amp;visar</translation>
    </message>
    <message>
      <source>Score from</source>
      <translation>Puntuación desde</translation>
    </message>
    <message>
      <source>Search many layers or files with these settings, one after the other</source>
      <translation>Buscar en muchas capas o archivos con estos ajustes, uno tras otro</translation>
    </message>
    <message>
      <source>Search the layer for anomalies (Enter)</source>
      <translation>Buscar anomalías en la capa (Intro)</translation>
    </message>
    <message>
      <source>Show how to use the dock</source>
      <translation>Mostrar cómo se usa el panel</translation>
    </message>
    <message>
      <source>Show what the engine wrote to its log</source>
      <translation>Mostrar lo que el motor escribió en su registro</translation>
    </message>
    <message>
      <source>Smaller anomalies are left out. On the ellipsoid, or in pixels where the layer has no CRS</source>
      <translation>Las anomalías menores se omiten. Sobre el elipsoide, o en píxeles si la capa no tiene SRC</translation>
    </message>
    <message>
      <source>Stop the run; nothing half-finished stays behind (Escape)</source>
      <translation>Detener la ejecución; no queda nada a medias (Escape)</translation>
    </message>
    <message>
      <source>Temporary folder</source>
      <translation>Carpeta temporal</translation>
    </message>
    <message>
      <source>The engine starts when this is shown</source>
      <translation>El motor se inicia cuando se muestra esto</translation>
    </message>
    <message>
      <source>The kind of imagery; it sets the defaults below</source>
      <translation>El tipo de imagen; fija los valores de abajo</translation>
    </message>
    <message>
      <source>The lowest score of an anomaly: {half} is the scene's top 1 %, {high} deviates nine times as much; of ASD, {half} is where the most deviating 1 % of the ground that was taught begins</source>
      <translation>La puntuación mínima de una anomalía: {half} es el 1 % superior de la escena, {high} se desvía nueve veces más; con ASD, {half} es donde empieza el 1 % más desviado del terreno enseñado</translation>
    </message>
    <message>
      <source>The method that tells anomalies from what is normal</source>
      <translation>El método que distingue las anomalías de lo normal</translation>
    </message>
    <message>
      <source>The share of valid pixels with the highest scores that become anomalies</source>
      <translation>La fracción de píxeles válidos con mayor puntuación que se vuelve anomalía</translation>
    </message>
    <message>
      <source>This layer is no file on disk: it is exported first, with pixels of this size in its CRS</source>
      <translation>Esta capa no es un archivo del disco: se exporta antes, con píxeles de este tamaño en su SRC</translation>
    </message>
    <message>
      <source>Time since Run was pressed, and an estimate of what is left</source>
      <translation>Tiempo desde que se pulsó Ejecutar y estimación de lo que falta</translation>
    </message>
    <message>
      <source>Top share</source>
      <translation>Fracción superior</translation>
    </message>
    <message>
      <source>What counts as an anomaly: a share of the scene, or every pixel with at least a certain score</source>
      <translation>Qué cuenta como anomalía: una fracción de la escena o cada píxel con al menos cierta puntuación</translation>
    </message>
    <message>
      <source>What is being done, or how the last run ended</source>
      <translation>Qué se está haciendo o cómo acabó la última ejecución</translation>
    </message>
    <message>
      <source>Where results are kept. Temporary ones can be moved when the project is saved</source>
      <translation>Dónde se guardan los resultados. Los temporales pueden moverse al guardar el proyecto</translation>
    </message>
    <message>
      <source>Why this modality is suggested; choose another where you know better</source>
      <translation>Por qué se sugiere esta modalidad; elija otra si sabe más</translation>
    </message>
    <message>
      <source>Write anomalies to a file or a report: Shapefile, GeoPackage, GeoJSON, KML, CSV, PDF, HTML</source>
      <translation>Escribir anomalías en un archivo o un informe: Shapefile, GeoPackage, GeoJSON, KML, CSV, PDF, HTML</translation>
    </message>
  </context>
  <context>
    <name>Ending</name>
    <message>
      <source>1 anomaly found in “{name}”.</source>
      <translation>1 anomalía encontrada en «{name}».</translation>
    </message>
    <message>
      <source>Cancelled.</source>
      <translation>Cancelado.</translation>
    </message>
    <message>
      <source>Failed.</source>
      <translation>Falló.</translation>
    </message>
    <message>
      <source>No anomaly found in “{name}”.</source>
      <translation>Ninguna anomalía en «{name}».</translation>
    </message>
    <message>
      <source>Weaker ones that were left out: {count}.</source>
      <translation>Más débiles que se omitieron: {count}.</translation>
    </message>
    <message>
      <source>{count} anomalies found in “{name}”.</source>
      <translation>{count} anomalías encontradas en «{name}».</translation>
    </message>
    <message>
      <source>{done} of {all} layers done, {failed} failed.</source>
      <translation>Capas hechas: {done} de {all}, fallidas: {failed}.</translation>
    </message>
  </context>
  <context>
    <name>Engine</name>
    <message>
      <source>1 band</source>
      <translation>1 banda</translation>
    </message>
    <message>
      <source>A corner of {0} holds nothing but {1}, which was taken for data. If it is none, set it as “additional no data value” in the layer's properties, under transparency, and run again.</source>
      <translation>Una esquina de {0} no contiene más que {1}, que se tomó por datos. Si no lo son, indíquelo como «valor adicional sin datos» en las propiedades de la capa, en Transparencia, y ejecute de nuevo.</translation>
    </message>
    <message>
      <source>A detect request lacks {0}.</source>
      <translation>A una petición detect le falta {0}.</translation>
    </message>
    <message>
      <source>A model cannot be called “{0}”.</source>
      <translation>Un modelo no puede llamarse «{0}».</translation>
    </message>
    <message>
      <source>A polygonize request could not be understood.</source>
      <translation>No se pudo entender una petición polygonize.</translation>
    </message>
    <message>
      <source>A request could not be understood.</source>
      <translation>No se pudo entender una petición.</translation>
    </message>
    <message>
      <source>A teach request lacks {0}.</source>
      <translation>A una petición teach le falta {0}.</translation>
    </message>
    <message>
      <source>A worker on {0} that joined the run has another version of Anomaly Lens or its packages.</source>
      <translation>Un trabajador de {0} que se unió a la ejecución tiene otra versión de Anomaly Lens o de sus paquetes.</translation>
    </message>
    <message>
      <source>ASD (taught what is normal)</source>
      <translation>ASD (con lo normal enseñado)</translation>
    </message>
    <message>
      <source>ASD needs a model that was taught what is normal.</source>
      <translation>ASD necesita un modelo al que se haya enseñado lo normal.</translation>
    </message>
    <message>
      <source>An evaluate request could not be understood.</source>
      <translation>No se pudo entender una petición evaluate.</translation>
    </message>
    <message>
      <source>An overview of the scene cannot be written in {0}.</source>
      <translation>No se puede escribir una vista general de la escena en {0}.</translation>
    </message>
    <message>
      <source>Anomaly Lens</source>
      <translation>Anomaly Lens</translation>
    </message>
    <message>
      <source>Anomaly score</source>
      <translation>Puntuación de anomalía</translation>
    </message>
    <message>
      <source>Band {0}</source>
      <translation>Banda {0}</translation>
    </message>
    <message>
      <source>CPU, 1 thread</source>
      <translation>CPU, 1 hilo</translation>
    </message>
    <message>
      <source>CPU, {0} threads</source>
      <translation>CPU, {0} hilos</translation>
    </message>
    <message>
      <source>CRD (collaborative representation)</source>
      <translation>CRD (representación colaborativa)</translation>
    </message>
    <message>
      <source>Check its nodata value and its mask, and choose an area with data.</source>
      <translation>Compruebe su valor nodata y su máscara, y elija un área con datos.</translation>
    </message>
    <message>
      <source>Check that it opens in QGIS; convert it to GeoTIFF if the format is unusual.</source>
      <translation>Compruebe que se abre en QGIS; conviértalo a GeoTIFF si el formato es poco común.</translation>
    </message>
    <message>
      <source>Check that they lie on the scores, and which of their values means an anomaly.</source>
      <translation>Compruebe que caen sobre las puntuaciones y cuál de sus valores significa anomalía.</translation>
    </message>
    <message>
      <source>Check the CRS of the area: its coordinates do not fit it.</source>
      <translation>Compruebe el SRC del área: sus coordenadas no encajan en él.</translation>
    </message>
    <message>
      <source>Check the address and the firewall, and start one there with: dask scheduler.</source>
      <translation>Compruebe la dirección y el cortafuegos, e inicie uno allí con: dask scheduler.</translation>
    </message>
    <message>
      <source>Check the layer for extreme values (nodata that is not marked), or teach with another seed.</source>
      <translation>Compruebe si la capa tiene valores extremos (nodata sin marcar) o enseñe con otra semilla.</translation>
    </message>
    <message>
      <source>Check the path, or load the layer again.</source>
      <translation>Compruebe la ruta o cargue la capa de nuevo.</translation>
    </message>
    <message>
      <source>Choose a folder that can be written to and has room.</source>
      <translation>Elija una carpeta en la que se pueda escribir y haya espacio.</translation>
    </message>
    <message>
      <source>Choose a folder with a card.json, or one of those that are shipped: {0}.</source>
      <translation>Elija una carpeta con un card.json o uno de los incluidos: {0}.</translation>
    </message>
    <message>
      <source>Choose a heat map.</source>
      <translation>Elija un mapa de calor.</translation>
    </message>
    <message>
      <source>Choose a larger area, or fewer bands.</source>
      <translation>Elija un área mayor o menos bandas.</translation>
    </message>
    <message>
      <source>Choose a raster file.</source>
      <translation>Elija un archivo ráster.</translation>
    </message>
    <message>
      <source>Choose a raster or an area with some variation; check the nodata value.</source>
      <translation>Elija un ráster o un área con alguna variación; compruebe el valor nodata.</translation>
    </message>
    <message>
      <source>Choose a raster with bands.</source>
      <translation>Elija un ráster con bandas.</translation>
    </message>
    <message>
      <source>Choose an extent that overlaps the raster; check the CRS of both.</source>
      <translation>Elija una extensión que se solape con el ráster; compruebe el SRC de ambos.</translation>
    </message>
    <message>
      <source>Choose another folder.</source>
      <translation>Elija otra carpeta.</translation>
    </message>
    <message>
      <source>Choose another modality, such as visible.</source>
      <translation>Elija otra modalidad, como visible.</translation>
    </message>
    <message>
      <source>Choose another model, or teach it again.</source>
      <translation>Elija otro modelo o enséñelo de nuevo.</translation>
    </message>
    <message>
      <source>Choose another name, or delete it first.</source>
      <translation>Elija otro nombre o bórrelo antes.</translation>
    </message>
    <message>
      <source>Choose another name.</source>
      <translation>Elija otro nombre.</translation>
    </message>
    <message>
      <source>Choose another output folder.</source>
      <translation>Elija otra carpeta de salida.</translation>
    </message>
    <message>
      <source>Choose another raster.</source>
      <translation>Elija otro ráster.</translation>
    </message>
    <message>
      <source>Choose bands that the file has.</source>
      <translation>Elija bandas que el archivo tenga.</translation>
    </message>
    <message>
      <source>Choose one of its parts, such as {0}</source>
      <translation>Elija una de sus partes, como {0}</translation>
    </message>
    <message>
      <source>Choose one of: auto, {0}.</source>
      <translation>Elija uno de: auto, {0}.</translation>
    </message>
    <message>
      <source>Choose one of: {0}.</source>
      <translation>Elija uno de: {0}.</translation>
    </message>
    <message>
      <source>Choose the bands to use.</source>
      <translation>Elija las bandas que se usarán.</translation>
    </message>
    <message>
      <source>Choose the folder with {0} (three files) and {1}.</source>
      <translation>Elija la carpeta con {0} (tres archivos) y {1}.</translation>
    </message>
    <message>
      <source>Choose the hyperspectral modality, or fewer bands.</source>
      <translation>Elija la modalidad hiperespectral o menos bandas.</translation>
    </message>
    <message>
      <source>Close other programs, or choose a smaller area.</source>
      <translation>Cierre otros programas o elija un área menor.</translation>
    </message>
    <message>
      <source>Close other programs, or choose fewer bands; where it was a GPU's memory, choose the CPU.</source>
      <translation>Cierre otros programas o elija menos bandas; si era la memoria de una GPU, elija la CPU.</translation>
    </message>
    <message>
      <source>Close other programs, or clip the scores.</source>
      <translation>Cierre otros programas o recorte las puntuaciones.</translation>
    </message>
    <message>
      <source>Colour or multispectral photographs: objects of unusual colour.</source>
      <translation>Fotografías en color o multiespectrales: objetos de color inusual.</translation>
    </message>
    <message>
      <source>Continuing an interrupted run from {0}</source>
      <translation>Continuando una ejecución interrumpida desde {0}</translation>
    </message>
    <message>
      <source>Copy or download the file again, or check it with “gdalinfo -checksum”.</source>
      <translation>Copie o descargue el archivo de nuevo, o compruébelo con «gdalinfo -checksum».</translation>
    </message>
    <message>
      <source>Draw or choose a polygon that has an area.</source>
      <translation>Dibuje o elija un polígono que tenga área.</translation>
    </message>
    <message>
      <source>Draw them on the layer, or check the CRS of both.</source>
      <translation>Dibújelos sobre la capa o compruebe el SRC de ambos.</translation>
    </message>
    <message>
      <source>Finds anomalies as objects like Mask DINO^Ada, with another way of telling them apart: compare the two where objects stand close together.</source>
      <translation>Encuentra anomalías como objetos, igual que Mask DINO^Ada, pero las distingue de otra manera: compare ambos donde los objetos estén juntos.</translation>
    </message>
    <message>
      <source>Finds anomalies as objects, each with an outline and a score of its own: for counting. Use it for ships, vehicles, hot spots and other things that stand apart.</source>
      <translation>Encuentra anomalías como objetos, cada uno con su contorno y su puntuación: para contar. Úselo para barcos, vehículos, puntos calientes y otras cosas que destacan.</translation>
    </message>
    <message>
      <source>Finds objects and materials that do not belong, in any modality, without training: a network that weighs classical deviations with shape, size and surroundings.</source>
      <translation>Encuentra objetos y materiales que no encajan, en cualquier modalidad y sin entrenar: una red que combina desviaciones clásicas con forma, tamaño y entorno.</translation>
    </message>
    <message>
      <source>Finds pixels that cannot be mixed from the ring around them. Slow and thorough, for hyperspectral scenes of moderate size; objects larger than the inner window are hollowed out.</source>
      <translation>Encuentra píxeles que no pueden mezclarse a partir del anillo que los rodea. Lento y minucioso, para escenas hiperespectrales de tamaño moderado; los objetos mayores que la ventana interior quedan huecos.</translation>
    </message>
    <message>
      <source>Finds pixels that differ from the ring around them. Use it where the background changes across the scene; objects larger than the inner window are hollowed out.</source>
      <translation>Encuentra píxeles que difieren del anillo que los rodea. Úselo donde el fondo cambia a lo largo de la escena; los objetos mayores que la ventana interior quedan huecos.</translation>
    </message>
    <message>
      <source>Finds pixels whose values are rare in the whole scene. Quick and classical; best for hyperspectral and multispectral scenes. It does not look at shape or neighbourhood.</source>
      <translation>Encuentra píxeles con valores raros en toda la escena. Rápido y clásico; el mejor para escenas hiperespectrales y multiespectrales. No mira la forma ni la vecindad.</translation>
    </message>
    <message>
      <source>Finds what deviates from ground that you have outlined as normal, whatever its size: landslides on a slope, clearings, diseased stands. Needs a taught model.</source>
      <translation>Encuentra lo que se desvía del terreno que usted marcó como normal, sea cual sea su tamaño: deslizamientos en una ladera, claros, rodales enfermos. Necesita un modelo enseñado.</translation>
    </message>
    <message>
      <source>Give --device cpu, or start workers on machines with GPUs only.</source>
      <translation>Use --device cpu o inicie trabajadores solo en máquinas con GPU.</translation>
    </message>
    <message>
      <source>Give 1 to 86400 seconds.</source>
      <translation>Indique de 1 a 86400 segundos.</translation>
    </message>
    <message>
      <source>Give a GeoPackage, shapefile or GeoJSON.</source>
      <translation>Indique un GeoPackage, shapefile o GeoJSON.</translation>
    </message>
    <message>
      <source>Give a folder of such weights, as resources/weights/uniadrs.</source>
      <translation>Indique una carpeta con tales pesos, como resources/weights/uniadrs.</translation>
    </message>
    <message>
      <source>Give a layer of polygons.</source>
      <translation>Indique una capa de polígonos.</translation>
    </message>
    <message>
      <source>Give a name that ends in .gpkg; ogr2ogr makes other formats of it.</source>
      <translation>Indique un nombre que termine en .gpkg; ogr2ogr crea otros formatos a partir de él.</translation>
    </message>
    <message>
      <source>Give a number from {0} to {1}.</source>
      <translation>Indique un número de {0} a {1}.</translation>
    </message>
    <message>
      <source>Give a number; NaN is never data.</source>
      <translation>Indique un número; NaN nunca es un dato.</translation>
    </message>
    <message>
      <source>Give a percentage or a score, not both.</source>
      <translation>Indique un porcentaje o una puntuación, no ambos.</translation>
    </message>
    <message>
      <source>Give a score or a percentage.</source>
      <translation>Indique una puntuación o un porcentaje.</translation>
    </message>
    <message>
      <source>Give a text file with one path a line.</source>
      <translation>Indique un archivo de texto con una ruta por línea.</translation>
    </message>
    <message>
      <source>Give a whole number from 0.</source>
      <translation>Indique un número entero desde 0.</translation>
    </message>
    <message>
      <source>Give four numbers xmin ymin xmax ymax, or a polygon.</source>
      <translation>Indique cuatro números xmin ymin xmax ymax, o un polígono.</translation>
    </message>
    <message>
      <source>Give labels in the CRS of the scores.</source>
      <translation>Indique etiquetas en el SRC de las puntuaciones.</translation>
    </message>
    <message>
      <source>Give labels of one band, or of one colour.</source>
      <translation>Indique etiquetas de una sola banda o de un solo color.</translation>
    </message>
    <message>
      <source>Give labels of the same size, or georeference both.</source>
      <translation>Indique etiquetas del mismo tamaño o georreferencie ambas.</translation>
    </message>
    <message>
      <source>Give local, or local:N with N from 1.</source>
      <translation>Indique local, o local:N con N desde 1.</translation>
    </message>
    <message>
      <source>Give one for each scene, or none at all.</source>
      <translation>Indique uno para cada escena, o ninguno.</translation>
    </message>
    <message>
      <source>Give one like EPSG:4326.</source>
      <translation>Indique uno como EPSG:4326.</translation>
    </message>
    <message>
      <source>Give one like tcp://host:8786, or local, or local:4 for four processes on this machine.</source>
      <translation>Indique uno como tcp://host:8786, o local, o local:4 para cuatro procesos en esta máquina.</translation>
    </message>
    <message>
      <source>Give one value for each scene, or none at all.</source>
      <translation>Indique un valor para cada escena, o ninguno.</translation>
    </message>
    <message>
      <source>Give polygons of normal ground for each scene, or one layer of polygons for all.</source>
      <translation>Indique polígonos de terreno normal para cada escena, o una capa de polígonos para todas.</translation>
    </message>
    <message>
      <source>Give the area of interest in the CRS of {0}.</source>
      <translation>Indique el área de interés en el SRC de {0}.</translation>
    </message>
    <message>
      <source>Give workers more memory, or start fewer on a machine. {0}</source>
      <translation>Dé más memoria a los trabajadores o inicie menos por máquina. {0}</translation>
    </message>
    <message>
      <source>Hyperspectral</source>
      <translation>Hiperespectral</translation>
    </message>
    <message>
      <source>Infrared</source>
      <translation>Infrarrojo</translation>
    </message>
    <message>
      <source>Install the extra “scaleout”; docs/scale-out.md says how.</source>
      <translation>Instale el extra «scaleout»; docs/scale-out.md dice cómo.</translation>
    </message>
    <message>
      <source>Install the same version, with its extra “scaleout”, in the Python of every worker.</source>
      <translation>Instale la misma versión, con su extra «scaleout», en el Python de cada trabajador.</translation>
    </message>
    <message>
      <source>Install the same versions on every worker, and start the workers again.</source>
      <translation>Instale las mismas versiones en cada trabajador e inícielos de nuevo.</translation>
    </message>
    <message>
      <source>Install the same versions on every worker; the run goes on when it is started again.</source>
      <translation>Instale las mismas versiones en cada trabajador; la ejecución continúa cuando se inicia de nuevo.</translation>
    </message>
    <message>
      <source>Learning what is normal</source>
      <translation>Aprendiendo lo que es normal</translation>
    </message>
    <message>
      <source>Leave out --name.</source>
      <translation>Omita --name.</translation>
    </message>
    <message>
      <source>Leave the model out, or choose the detector “asd”.</source>
      <translation>Omita el modelo o elija el detector «asd».</translation>
    </message>
    <message>
      <source>Let it run until the first heat map shows.</source>
      <translation>Déjelo correr hasta que aparezca el primer mapa de calor.</translation>
    </message>
    <message>
      <source>Low light</source>
      <translation>Poca luz</translation>
    </message>
    <message>
      <source>Make room on the disk that holds the folder of temporary files.</source>
      <translation>Libere espacio en el disco que contiene la carpeta de archivos temporales.</translation>
    </message>
    <message>
      <source>Make room, or choose a folder on another disk.</source>
      <translation>Libere espacio o elija una carpeta en otro disco.</translation>
    </message>
    <message>
      <source>Make room, or choose an output folder on another disk.</source>
      <translation>Haga sitio o elija una carpeta de salida en otro disco.</translation>
    </message>
    <message>
      <source>Many narrow bands: spectra that differ from the scene's.</source>
      <translation>Muchas bandas estrechas: espectros distintos de los de la escena.</translation>
    </message>
    <message>
      <source>Mask DINO^Ada (objects)</source>
      <translation>Mask DINO^Ada (objetos)</translation>
    </message>
    <message>
      <source>Mask2Former^Ada (objects)</source>
      <translation>Mask2Former^Ada (objetos)</translation>
    </message>
    <message>
      <source>Night-time imagery: lights where there are none around, or gaps in lights.</source>
      <translation>Imágenes nocturnas: luces donde no hay otras, o huecos entre las luces.</translation>
    </message>
    <message>
      <source>No CUDA GPU found</source>
      <translation>No se encontró GPU CUDA</translation>
    </message>
    <message>
      <source>No Dask scheduler answers at {0}.</source>
      <translation>Ningún planificador Dask responde en {0}.</translation>
    </message>
    <message>
      <source>Nothing can be written in {0} ({1}).</source>
      <translation>No se puede escribir en {0} ({1}).</translation>
    </message>
    <message>
      <source>Nothing is known of how the CRSs of {0} and {1} lie to each other.</source>
      <translation>No se sabe qué relación hay entre los SRC de {0} y {1}.</translation>
    </message>
    <message>
      <source>Nothing is known of how {0} and {1}, the CRS of {2}, lie to each other.</source>
      <translation>No se sabe qué relación hay entre {0} y {1}, el SRC de {2}.</translation>
    </message>
    <message>
      <source>Nothing was written.</source>
      <translation>No se escribió nada.</translation>
    </message>
    <message>
      <source>One name cannot be for many scenes.</source>
      <translation>Un solo nombre no sirve para muchas escenas.</translation>
    </message>
    <message>
      <source>One thermal or infrared band: spots warmer or colder than around them.</source>
      <translation>Una banda térmica o infrarroja: puntos más calientes o fríos que su entorno.</translation>
    </message>
    <message>
      <source>Outline more or larger pieces of normal ground, where the layer has data.</source>
      <translation>Marque más terreno normal, o más amplio, donde la capa tenga datos.</translation>
    </message>
    <message>
      <source>Outline pieces that are at least {0} pixels wide.</source>
      <translation>Marque trozos de al menos {0} píxeles de ancho.</translation>
    </message>
    <message>
      <source>Please report it as a bug.</source>
      <translation>Infórmenos de este error.</translation>
    </message>
    <message>
      <source>Polygon</source>
      <translation>Polígono</translation>
    </message>
    <message>
      <source>Press Set up engine in the dock, or choose a Python that has what pyproject.toml lists.</source>
      <translation>Pulse Instalar el motor en el panel o elija un Python que tenga lo que enumera pyproject.toml.</translation>
    </message>
    <message>
      <source>Put scenes and results where all machines see them under one path, or give scenes by URL (/vsicurl/…).</source>
      <translation>Ponga escenas y resultados donde todas las máquinas los vean con la misma ruta, o indique las escenas por URL (/vsicurl/…).</translation>
    </message>
    <message>
      <source>Put the file back, or make the virtual raster anew without it.</source>
      <translation>Devuelva el archivo a su sitio o cree de nuevo el ráster virtual sin él.</translation>
    </message>
    <message>
      <source>Put the file back, or run the detection again.</source>
      <translation>Devuelva el archivo a su sitio o ejecute de nuevo la detección.</translation>
    </message>
    <message>
      <source>Put the scene where all machines see it under one path.</source>
      <translation>Ponga la escena donde todas las máquinas la vean con la misma ruta.</translation>
    </message>
    <message>
      <source>RX (global)</source>
      <translation>RX (global)</translation>
    </message>
    <message>
      <source>RX (local, dual window)</source>
      <translation>RX (local, ventana doble)</translation>
    </message>
    <message>
      <source>Radar amplitude, intensity or complex data: unusually strong or weak echoes.</source>
      <translation>Amplitud, intensidad o datos complejos de radar: ecos inusualmente fuertes o débiles.</translation>
    </message>
    <message>
      <source>Raise the threshold, or close other programs.</source>
      <translation>Suba el umbral o cierre otros programas.</translation>
    </message>
    <message>
      <source>Reading normal ground</source>
      <translation>Leyendo el terreno normal</translation>
    </message>
    <message>
      <source>Reinstall the plugin, or choose the detector “rx”, which needs no weights.</source>
      <translation>Reinstale el complemento o elija el detector «rx», que no necesita pesos.</translation>
    </message>
    <message>
      <source>Repair its polygons, or choose another layer.</source>
      <translation>Repare sus polígonos o elija otra capa.</translation>
    </message>
    <message>
      <source>SAR</source>
      <translation>SAR</translation>
    </message>
    <message>
      <source>Save it from QGIS as a GeoPackage, with a CRS of its list.</source>
      <translation>Guárdelo desde QGIS como GeoPackage, con un SRC de su lista.</translation>
    </message>
    <message>
      <source>Save it from QGIS with a CRS of its list, or assign one with gdal_edit.py -a_srs.</source>
      <translation>Guárdelo desde QGIS con un SRC de su lista, o asígnele uno con gdal_edit.py -a_srs.</translation>
    </message>
    <message>
      <source>Save it in another CRS, or assign the right one to it first.</source>
      <translation>Guárdelo en otro SRC, o asígnele primero el correcto.</translation>
    </message>
    <message>
      <source>Saving the model</source>
      <translation>Guardando el modelo</translation>
    </message>
    <message>
      <source>Scoring</source>
      <translation>Puntuando</translation>
    </message>
    <message>
      <source>See the log; please report it as a bug.</source>
      <translation>Mire el registro e infórmenos del error.</translation>
    </message>
    <message>
      <source>Set up the engine again, or choose another Python for it.</source>
      <translation>Instale el motor de nuevo o elija otro Python para él.</translation>
    </message>
    <message>
      <source>So many pixels reach the threshold that outlines lie where it cuts, slopes included. Raise the threshold for closer ones.</source>
      <translation>Tantos píxeles alcanzan el umbral que los contornos están donde este corta, laderas incluidas. Suba el umbral para que sean más ceñidos.</translation>
    </message>
    <message>
      <source>Some bands of {0} are combinations of others: a small ridge was added.</source>
      <translation>Algunas bandas de {0} son combinaciones de otras: se añadió una pequeña cresta.</translation>
    </message>
    <message>
      <source>Start it again. {0}</source>
      <translation>Inícielo de nuevo. {0}</translation>
    </message>
    <message>
      <source>Start some with: dask worker SCHEDULER --nthreads 1.</source>
      <translation>Inicie algunos con: dask worker SCHEDULER --nthreads 1.</translation>
    </message>
    <message>
      <source>Start some. {0}</source>
      <translation>Inicie algunos. {0}</translation>
    </message>
    <message>
      <source>Start the run on a machine with a GPU, or give --device cpu to leave the GPUs idle.</source>
      <translation>Inicie la ejecución en una máquina con GPU, o use --device cpu para dejar libres las GPU.</translation>
    </message>
    <message>
      <source>Start the same run again: it goes on where it was.</source>
      <translation>Inicie de nuevo la misma ejecución: continúa donde estaba.</translation>
    </message>
    <message>
      <source>Starting</source>
      <translation>Iniciando</translation>
    </message>
    <message>
      <source>Teach a model on this layer, or choose the bands of the model in the toolbox or on the command line.</source>
      <translation>Enseñe un modelo con esta capa o elija las bandas del modelo en la caja de herramientas o en la línea de órdenes.</translation>
    </message>
    <message>
      <source>Teach from layers with the same bands, or choose the bands to use.</source>
      <translation>Enseñe con capas de las mismas bandas o elija las bandas que se usarán.</translation>
    </message>
    <message>
      <source>Teach one, or choose one that is shipped: {0}.</source>
      <translation>Enseñe uno o elija uno incluido: {0}.</translation>
    </message>
    <message>
      <source>Teaching was stopped before anything was learned; nothing was saved.</source>
      <translation>La enseñanza se detuvo antes de aprender nada; no se guardó nada.</translation>
    </message>
    <message>
      <source>Teaching went astray at step {0} (the loss is not finite). What was learned up to step {1} was kept.</source>
      <translation>La enseñanza se descarrió en el paso {0} (la pérdida no es finita). Se conservó lo aprendido hasta el paso {1}.</translation>
    </message>
    <message>
      <source>Teaching went astray before anything was learned (the loss is not finite); nothing was saved.</source>
      <translation>La enseñanza se descarrió antes de aprender nada (la pérdida no es finita); no se guardó nada.</translation>
    </message>
    <message>
      <source>The CRS of {0} is not tied to the Earth: areas are in pixels.</source>
      <translation>El SRC de {0} no está ligado a la Tierra: las áreas van en píxeles.</translation>
    </message>
    <message>
      <source>The Dask scheduler at {0} has no workers.</source>
      <translation>El planificador Dask de {0} no tiene trabajadores.</translation>
    </message>
    <message>
      <source>The Dask scheduler dropped the run.</source>
      <translation>El planificador Dask abandonó la ejecución.</translation>
    </message>
    <message>
      <source>The Dask scheduler has gone away.</source>
      <translation>El planificador Dask ha desaparecido.</translation>
    </message>
    <message>
      <source>The GPU has too little free memory for this scene: it was scored on the CPU, which takes longer. Close other programs that use the GPU and run again for its speed.</source>
      <translation>La GPU tiene muy poca memoria libre para esta escena: se puntuó en la CPU, que tarda más. Cierre otros programas que usen la GPU y ejecute de nuevo para ir rápido.</translation>
    </message>
    <message>
      <source>The Python at {0} cannot load a package: {1}.</source>
      <translation>El Python de {0} no puede cargar un paquete: {1}.</translation>
    </message>
    <message>
      <source>The Python at {0} is {1}; the engine needs 3.10 or newer.</source>
      <translation>El Python de {0} es {1}; el motor necesita 3.10 o posterior.</translation>
    </message>
    <message>
      <source>The Python at {0} lacks {1}.</source>
      <translation>Al Python de {0} le falta {1}.</translation>
    </message>
    <message>
      <source>The area of interest cannot be expressed in the CRS of {0}.</source>
      <translation>El área de interés no puede expresarse en el SRC de {0}.</translation>
    </message>
    <message>
      <source>The area of interest cannot be understood.</source>
      <translation>No se entiende el área de interés.</translation>
    </message>
    <message>
      <source>The area of interest is empty.</source>
      <translation>El área de interés está vacía.</translation>
    </message>
    <message>
      <source>The bands of {0} are not in order of their wavelengths; they were put in that order.</source>
      <translation>Las bandas de {0} no están en el orden de sus longitudes de onda; se pusieron en ese orden.</translation>
    </message>
    <message>
      <source>The checkpoints in {0} are for {1} bands, the scenes have {2}</source>
      <translation>Los puntos de control de {0} son para {1} bandas, las escenas tienen {2}</translation>
    </message>
    <message>
      <source>The checkpoints in {0} are not laid out as those of ASD ({1})</source>
      <translation>Los puntos de control de {0} no están dispuestos como los de ASD ({1})</translation>
    </message>
    <message>
      <source>The chosen extent or area covers no pixel of {0}.</source>
      <translation>La extensión o el área elegida no cubre ningún píxel de {0}.</translation>
    </message>
    <message>
      <source>The cluster has no workers any more.</source>
      <translation>El clúster ya no tiene trabajadores.</translation>
    </message>
    <message>
      <source>The coordinates of {0} do not fit its CRS, {1}: areas are in pixels.</source>
      <translation>Las coordenadas de {0} no encajan en su SRC, {1}: las áreas van en píxeles.</translation>
    </message>
    <message>
      <source>The detector “{0}” takes no model, but “{1}” was given.</source>
      <translation>El detector «{0}» no usa modelo, pero se indicó «{1}».</translation>
    </message>
    <message>
      <source>The device “{0}” is not available here.</source>
      <translation>El dispositivo «{0}» no está disponible aquí.</translation>
    </message>
    <message>
      <source>The engine failed unexpectedly ({0}: {1}).</source>
      <translation>El motor falló inesperadamente ({0}: {1}).</translation>
    </message>
    <message>
      <source>The engine failed unexpectedly at {0} ({1}: {2}).</source>
      <translation>El motor falló inesperadamente en {0} ({1}: {2}).</translation>
    </message>
    <message>
      <source>The georeference of {0} gives its pixels no size: results are in pixel coordinates. Georeference it first.</source>
      <translation>La georreferencia de {0} no da ningún tamaño a sus píxeles: los resultados están en coordenadas de píxel. Georreferéncielo primero.</translation>
    </message>
    <message>
      <source>The heat map {0} is not there any more ({1}).</source>
      <translation>El mapa de calor {0} ya no está ({1}).</translation>
    </message>
    <message>
      <source>The labels leave no valid pixel of {0} {1}.</source>
      <translation>Las etiquetas no dejan ningún píxel válido de {0} {1}.</translation>
    </message>
    <message>
      <source>The list of scenes {0} cannot be read.</source>
      <translation>No se puede leer la lista de escenas {0}.</translation>
    </message>
    <message>
      <source>The model card {0} cannot be read.</source>
      <translation>No se puede leer la ficha del modelo {0}.</translation>
    </message>
    <message>
      <source>The model in {0} cannot be read ({1}).</source>
      <translation>No se puede leer el modelo de {0} ({1}).</translation>
    </message>
    <message>
      <source>The model “{0}” was taught on the bands {1}; {2} has {3}. Scores mean something only where they are the same.</source>
      <translation>El modelo «{0}» se enseñó con las bandas {1}; {2} tiene {3}. Las puntuaciones solo significan algo donde son las mismas.</translation>
    </message>
    <message>
      <source>The model “{0}” was taught on {1} bands; {2} has {3}.</source>
      <translation>El modelo «{0}» se enseñó con {1} bandas; {2} tiene {3}.</translation>
    </message>
    <message>
      <source>The parameter “{0}” of a {1} request is of the wrong kind: {2}.</source>
      <translation>El parámetro «{0}» de una petición {1} es de un tipo incorrecto: {2}.</translation>
    </message>
    <message>
      <source>The polygons of normal ground are so narrow that only {0} of their pixels lie in every fourth row and column, which are learned from.</source>
      <translation>Los polígonos de terreno normal son tan estrechos que solo {0} de sus píxeles caen en una de cada cuatro filas y columnas, de las que se aprende.</translation>
    </message>
    <message>
      <source>The polygons of normal ground do not touch {0}.</source>
      <translation>Los polígonos de terreno normal no tocan {0}.</translation>
    </message>
    <message>
      <source>The polygons of normal ground hold {0} valid pixels; at least {1} are needed.</source>
      <translation>Los polígonos de terreno normal tienen {0} píxeles válidos; se necesitan al menos {1}.</translation>
    </message>
    <message>
      <source>The projection of {0} is not known here: areas are in pixels.</source>
      <translation>La proyección de {0} no se conoce aquí: las áreas van en píxeles.</translation>
    </message>
    <message>
      <source>The results cannot be written in {0} ({1}).</source>
      <translation>No se pueden escribir los resultados en {0} ({1}).</translation>
    </message>
    <message>
      <source>The run was cancelled.</source>
      <translation>Se canceló la ejecución.</translation>
    </message>
    <message>
      <source>The seed cannot be {0}.</source>
      <translation>La semilla no puede ser {0}.</translation>
    </message>
    <message>
      <source>The threshold is given twice.</source>
      <translation>El umbral se indica dos veces.</translation>
    </message>
    <message>
      <source>The time cannot be {0} s.</source>
      <translation>El tiempo no puede ser {0} s.</translation>
    </message>
    <message>
      <source>The value {0} cannot be named as no data.</source>
      <translation>El valor {0} no puede indicarse como sin datos.</translation>
    </message>
    <message>
      <source>The weights file {0} is missing.</source>
      <translation>Falta el archivo de pesos {0}.</translation>
    </message>
    <message>
      <source>The weights file {0} is not the one that its model card describes.</source>
      <translation>El archivo de pesos {0} no es el que describe su ficha.</translation>
    </message>
    <message>
      <source>The weights in {0} are not those of a {1} network of UniADRS.</source>
      <translation>Los pesos de {0} no son los de una red {1} de UniADRS.</translation>
    </message>
    <message>
      <source>The worker {0} cannot load Anomaly Lens ({1}).</source>
      <translation>El trabajador {0} no puede cargar Anomaly Lens ({1}).</translation>
    </message>
    <message>
      <source>The worker {0} has a GPU, but this machine, which prepares the run, has none.</source>
      <translation>El trabajador {0} tiene GPU, pero esta máquina, que prepara la ejecución, no.</translation>
    </message>
    <message>
      <source>The worker {0} has no device “{1}”, which this machine has.</source>
      <translation>El trabajador {0} no tiene el dispositivo «{1}», que esta máquina sí tiene.</translation>
    </message>
    <message>
      <source>The worker {0} has {1}: its results would not be those of this machine.</source>
      <translation>El trabajador {0} tiene {1}: sus resultados no serían los de esta máquina.</translation>
    </message>
    <message>
      <source>The {0} bands of {1} say different things of where anomalies are.</source>
      <translation>Las {0} bandas de {1} no coinciden en dónde hay anomalías.</translation>
    </message>
    <message>
      <source>The {0} cannot be {1}.</source>
      <translation>{0} no puede ser {1}.</translation>
    </message>
    <message>
      <source>The {0} ground control points of {1} do not say where it lies: results are in pixel coordinates. Georeference it first.</source>
      <translation>Los {0} puntos de control de {1} no dicen dónde está: los resultados van en coordenadas de píxel. Georreferéncielo antes.</translation>
    </message>
    <message>
      <source>There is no method “{0}”.</source>
      <translation>No existe el método «{0}».</translation>
    </message>
    <message>
      <source>There is no modality called “{0}”.</source>
      <translation>No existe la modalidad «{0}».</translation>
    </message>
    <message>
      <source>There is no outline called “{0}”.</source>
      <translation>No existe el contorno «{0}».</translation>
    </message>
    <message>
      <source>There is no room left for {0}.</source>
      <translation>No queda sitio para {0}.</translation>
    </message>
    <message>
      <source>There is no room left in {0}.</source>
      <translation>No queda sitio en {0}.</translation>
    </message>
    <message>
      <source>There is not enough memory to make polygons of {0}.</source>
      <translation>No hay memoria suficiente para hacer polígonos de {0}.</translation>
    </message>
    <message>
      <source>There is not enough memory to measure {0}.</source>
      <translation>No hay memoria suficiente para medir {0}.</translation>
    </message>
    <message>
      <source>There is not enough memory to score {0}.</source>
      <translation>No hay memoria suficiente para puntuar {0}.</translation>
    </message>
    <message>
      <source>There is not enough memory to teach {0}.</source>
      <translation>No hay memoria suficiente para enseñar {0}.</translation>
    </message>
    <message>
      <source>This Python has no dask.distributed, which runs over many processes need.</source>
      <translation>Este Python no tiene dask.distributed, que hace falta para trabajar con muchos procesos.</translation>
    </message>
    <message>
      <source>This is a bug: report it.</source>
      <translation>Es un error del programa: infórmenos.</translation>
    </message>
    <message>
      <source>UniADRS (pretrained)</source>
      <translation>UniADRS (preentrenado)</translation>
    </message>
    <message>
      <source>Update its driver, or choose the CPU in the options.</source>
      <translation>Actualice su controlador o elija la CPU en las opciones.</translation>
    </message>
    <message>
      <source>Update the plugin.</source>
      <translation>Actualice el complemento.</translation>
    </message>
    <message>
      <source>Use letters and digits.</source>
      <translation>Use letras y cifras.</translation>
    </message>
    <message>
      <source>Visible and multispectral</source>
      <translation>Visible y multiespectral</translation>
    </message>
    <message>
      <source>Workers died again and again at one piece of work, most likely for lack of memory.</source>
      <translation>Los trabajadores murieron una y otra vez con una misma tarea, muy probablemente por falta de memoria.</translation>
    </message>
    <message>
      <source>Writing heat map and polygons</source>
      <translation>Escribiendo mapa de calor y polígonos</translation>
    </message>
    <message>
      <source>area of holes to fill</source>
      <translation>área de los huecos que se rellenan</translation>
    </message>
    <message>
      <source>by each scene's own mean and deviation</source>
      <translation>con la media y la desviación de cada escena</translation>
    </message>
    <message>
      <source>local:0 has no worker.</source>
      <translation>local:0 no tiene trabajadores.</translation>
    </message>
    <message>
      <source>merge distance</source>
      <translation>distancia de unión</translation>
    </message>
    <message>
      <source>minimum area</source>
      <translation>área mínima</translation>
    </message>
    <message>
      <source>share of the peak</source>
      <translation>parte del pico</translation>
    </message>
    <message>
      <source>threshold in percent</source>
      <translation>umbral en porcentaje</translation>
    </message>
    <message>
      <source>threshold score</source>
      <translation>puntuación del umbral</translation>
    </message>
    <message>
      <source>{0} ({1} in the file)</source>
      <translation>{0} ({1} en el archivo)</translation>
    </message>
    <message>
      <source>{0} GB</source>
      <translation>{0} GB</translation>
    </message>
    <message>
      <source>{0} MB</source>
      <translation>{0} MB</translation>
    </message>
    <message>
      <source>{0} bands</source>
      <translation>{0} bandas</translation>
    </message>
    <message>
      <source>{0} bands of {1} hold one value only and were left out.</source>
      <translation>{0} bandas de {1} tienen un solo valor y se omitieron.</translation>
    </message>
    <message>
      <source>{0} bands that {1} marks as bad were left out.</source>
      <translation>{0} bandas que {1} marca como malas se omitieron.</translation>
    </message>
    <message>
      <source>{0} came to be there during the teaching: the model is {1}.</source>
      <translation>{0} apareció durante la enseñanza: el modelo es {1}.</translation>
    </message>
    <message>
      <source>{0} cannot be read to its end: it is truncated or damaged.</source>
      <translation>{0} no se puede leer hasta el final: está cortado o dañado.</translation>
    </message>
    <message>
      <source>{0} cannot be read to its end: {1}, which it is made of, does not exist.</source>
      <translation>{0} no se puede leer hasta el final: {1}, del que se compone, no existe.</translation>
    </message>
    <message>
      <source>{0} cannot be read: names of its CRS, layers or fields are not in UTF-8.</source>
      <translation>{0} no se puede leer: hay nombres de su SRC, de sus capas o de sus campos que no están en UTF-8.</translation>
    </message>
    <message>
      <source>{0} cannot be read: the name of its CRS has letters that are not in UTF-8.</source>
      <translation>{0} no se puede leer: el nombre de su SRC tiene letras que no están en UTF-8.</translation>
    </message>
    <message>
      <source>{0} cannot be written ({1}).</source>
      <translation>{0} no se puede escribir ({1}).</translation>
    </message>
    <message>
      <source>{0} cannot compute: {1}</source>
      <translation>{0} no puede calcular: {1}</translation>
    </message>
    <message>
      <source>{0} computes wrongly: a convolution is off by {1}.</source>
      <translation>{0} calcula mal: una convolución difiere en {1}.</translation>
    </message>
    <message>
      <source>{0} does not exist.</source>
      <translation>{0} no existe.</translation>
    </message>
    <message>
      <source>{0} does not say its threshold.</source>
      <translation>{0} no dice su umbral.</translation>
    </message>
    <message>
      <source>{0} exists already.</source>
      <translation>{0} ya existe.</translation>
    </message>
    <message>
      <source>{0} has bands 1 to {1}, not {2}.</source>
      <translation>{0} tiene las bandas 1 a {1}, no {2}.</translation>
    </message>
    <message>
      <source>{0} has corners at infinity.</source>
      <translation>{0} tiene vértices en el infinito.</translation>
    </message>
    <message>
      <source>{0} has no band of its own.</source>
      <translation>{0} no tiene bandas propias.</translation>
    </message>
    <message>
      <source>{0} has no valid pixel in the chosen area: all are nodata, masked, outside, not a number or beyond ±1e36.</source>
      <translation>{0} no tiene ningún píxel válido en el área elegida: todos son nodata, están enmascarados, fuera, no son números o pasan de ±1e36.</translation>
    </message>
    <message>
      <source>{0} has {1} bands, {2} has {3}.</source>
      <translation>{0} tiene {1} bandas, {2} tiene {3}.</translation>
    </message>
    <message>
      <source>{0} has {1} bands: it is no heat map.</source>
      <translation>{0} tiene {1} bandas: no es un mapa de calor.</translation>
    </message>
    <message>
      <source>{0} has {1} bands; at most {2} can be used.</source>
      <translation>{0} tiene {1} bandas; pueden usarse a lo sumo {2}.</translation>
    </message>
    <message>
      <source>{0} has {1} bands; the hyperspectral modality needs {2} or more.</source>
      <translation>{0} tiene {1} bandas; la modalidad hiperespectral necesita {2} o más.</translation>
    </message>
    <message>
      <source>{0} has {1} bands; the modality {2} takes up to {3}.</source>
      <translation>{0} tiene {1} bandas; la modalidad {2} admite hasta {3}.</translation>
    </message>
    <message>
      <source>{0} has {1} free; the run may need {2}.</source>
      <translation>{0} tiene {1} libres; la ejecución puede necesitar {2}.</translation>
    </message>
    <message>
      <source>{0} has {1} layers: the polygons are those of the first, “{2}”.</source>
      <translation>{0} tiene {1} capas: los polígonos son los de la primera, «{2}».</translation>
    </message>
    <message>
      <source>{0} has {1} valid pixels in the chosen area, fewer than are needed for {2} bands.</source>
      <translation>{0} tiene {1} píxeles válidos en el área elegida, menos de los que hacen falta para {2} bandas.</translation>
    </message>
    <message>
      <source>{0} has {1} x {2} pixels, {3} {4} x {5}, and they do not both say where they lie.</source>
      <translation>{0} tiene {1} x {2} píxeles, {3} tiene {4} x {5}, y no dicen ambos dónde están.</translation>
    </message>
    <message>
      <source>{0} holds no polygon.</source>
      <translation>{0} no tiene polígonos.</translation>
    </message>
    <message>
      <source>{0} holds no weights that can be read safely ({1})</source>
      <translation>{0} no contiene pesos que se puedan leer con seguridad ({1})</translation>
    </message>
    <message>
      <source>{0} holds no weights.</source>
      <translation>{0} no contiene pesos.</translation>
    </message>
    <message>
      <source>{0} holds nothing but an alpha band.</source>
      <translation>{0} no tiene más que una banda alfa.</translation>
    </message>
    <message>
      <source>{0} holds numbers of a colour table, not colours: scores compare the numbers as they are. If it is a picture, convert it to RGB first (gdal_translate -expand rgb).</source>
      <translation>{0} contiene números de una tabla de colores, no colores: las puntuaciones comparan los números tal cual. Si es una imagen, conviértala antes a RGB (gdal_translate -expand rgb).</translation>
    </message>
    <message>
      <source>{0} holds one single value in the chosen area: nothing can deviate.</source>
      <translation>{0} tiene un único valor en el área elegida: nada puede desviarse.</translation>
    </message>
    <message>
      <source>{0} holds something else than tensors</source>
      <translation>{0} contiene algo que no son tensores</translation>
    </message>
    <message>
      <source>{0} holds values beyond ±1e36, which are no measurements but fill values: these pixels were left out. If more than a few are concerned, declare the file's nodata value.</source>
      <translation>{0} contiene valores más allá de ±1e36, que no son mediciones sino valores de relleno: esos píxeles se dejaron fuera. Si son más que unos pocos, declare el valor nodata del archivo.</translation>
    </message>
    <message>
      <source>{0} holds values from {1} to {2}: scores run from 0 to 1.</source>
      <translation>{0} tiene valores de {1} a {2}: las puntuaciones van de 0 a 1.</translation>
    </message>
    <message>
      <source>{0} holds {1} files {2} and {3} {4}</source>
      <translation>{0} tiene {1} archivos {2} y {3} {4}</translation>
    </message>
    <message>
      <source>{0} holds {1} images, and only the first was looked at. The others have names of their own, such as {2}.</source>
      <translation>{0} contiene {1} imágenes, y solo se ha examinado la primera. Las demás tienen nombres propios, como {2}.</translation>
    </message>
    <message>
      <source>{0} holds {1} in all bands where it ends, and declares no nodata value: these pixels were left out. If they are data, set another “additional no data value” in the layer's properties, under transparency, and run again.</source>
      <translation>{0} contiene {1} en todas las bandas donde termina y no declara ningún valor sin datos: esos píxeles se excluyeron. Si son datos, indique otro «valor adicional sin datos» en las propiedades de la capa, en Transparencia, y ejecute de nuevo.</translation>
    </message>
    <message>
      <source>{0} is a folder, not a raster.</source>
      <translation>{0} es una carpeta, no un ráster.</translation>
    </message>
    <message>
      <source>{0} is another file on {1}.</source>
      <translation>{0} es otro archivo en {1}.</translation>
    </message>
    <message>
      <source>{0} is in {1}, a CRS that is not known here.</source>
      <translation>{0} está en {1}, un SRC que aquí no se conoce.</translation>
    </message>
    <message>
      <source>{0} is no name of a GeoPackage, and nothing else is written.</source>
      <translation>{0} no es nombre de un GeoPackage, y no se escribe ningún otro formato.</translation>
    </message>
    <message>
      <source>{0} is not a model that ASD can use ({1}).</source>
      <translation>{0} no es un modelo que ASD pueda usar ({1}).</translation>
    </message>
    <message>
      <source>{0} is not a raster that can be read ({1}).</source>
      <translation>{0} no es un ráster que se pueda leer ({1}).</translation>
    </message>
    <message>
      <source>{0} is not a vector file that can be read.</source>
      <translation>{0} no es un archivo vectorial que se pueda leer.</translation>
    </message>
    <message>
      <source>{0} is not the folder of a taught model.</source>
      <translation>{0} no es la carpeta de un modelo enseñado.</translation>
    </message>
    <message>
      <source>{0} is placed by RPCs alone, which are not used: results are in pixel coordinates. Orthorectify it first.</source>
      <translation>{0} está situado solo por RPC, que no se usan: los resultados van en coordenadas de píxel. Ortorrectifíquelo antes.</translation>
    </message>
    <message>
      <source>{0} is placed by the longitude and latitude of each pixel alone, which are not used: results are in pixel coordinates. Warp it first (gdalwarp -geoloc).</source>
      <translation>{0} está situado solo por la longitud y la latitud de cada píxel, que no se usan: los resultados van en coordenadas de píxel. Reproyéctelo antes (gdalwarp -geoloc).</translation>
    </message>
    <message>
      <source>{0} is stored in pieces so large that each is unpacked about {1} times, which takes long. For speed, save it in small tiles (gdal_translate -co TILED=YES -co COMPRESS=DEFLATE).</source>
      <translation>{0} está guardado en trozos tan grandes que cada uno se descomprime unas {1} veces, lo que lleva mucho tiempo. Para ir más rápido, guárdelo en teselas pequeñas (gdal_translate -co TILED=YES -co COMPRESS=DEFLATE).</translation>
    </message>
    <message>
      <source>{0} is there already.</source>
      <translation>{0} ya está ahí.</translation>
    </message>
    <message>
      <source>{0} is too large for an overview: what covers hundreds of pixels may be missed. Cut it into scenes of at most 131,072 by 131,072 pixels.</source>
      <translation>{0} es demasiado grande para una vista general: lo que abarca cientos de píxeles puede pasar inadvertido. Divídala en escenas de como máximo 131 072 por 131 072 píxeles.</translation>
    </message>
    <message>
      <source>{0} more anomalies were left out: only the {1} highest are kept.</source>
      <translation>Se omitieron {0} anomalías más: solo se conservan las {1} más altas.</translation>
    </message>
    <message>
      <source>{0} more anomalies were left out: only the {1} with the highest scores are kept. Raise the threshold or the minimum area.</source>
      <translation>Se omitieron {0} anomalías más: solo se conservan las {1} de mayor puntuación. Suba el umbral o el área mínima.</translation>
    </message>
    <message>
      <source>{0} of the workers, {1} among them: {2}</source>
      <translation>{0} de los trabajadores, {1} entre ellos: {2}</translation>
    </message>
    <message>
      <source>{0} of {1} scenes</source>
      <translation>{0} de {1} escenas</translation>
    </message>
    <message>
      <source>{0} scenes were given, and CRSs for {1}.</source>
      <translation>Se indicaron {0} escenas y SRC para {1}.</translation>
    </message>
    <message>
      <source>{0} scenes were given, and normal ground for {1}.</source>
      <translation>Se indicaron {0} escenas y terreno normal para {1}.</translation>
    </message>
    <message>
      <source>{0} scenes were given, and values that mean no data for {1}.</source>
      <translation>Se indicaron {0} escenas y valores sin datos para {1}.</translation>
    </message>
    <message>
      <source>{0} {1} instead of {2}</source>
      <translation>{0} {1} en vez de {2}</translation>
    </message>
    <message>
      <source>{0}, another run is at the rest</source>
      <translation>{0}, otra ejecución hace el resto</translation>
    </message>
    <message>
      <source>{0}, complex values</source>
      <translation>{0}, valores complejos</translation>
    </message>
    <message>
      <source>{0}, thermal wavelengths</source>
      <translation>{0}, longitudes de onda térmicas</translation>
    </message>
    <message>
      <source>{0}, {1} pixels</source>
      <translation>{0}, píxeles {1}</translation>
    </message>
    <message>
      <source>{0}, “{1}” in name or tags</source>
      <translation>{0}, «{1}» en el nombre o las etiquetas</translation>
    </message>
    <message>
      <source>“{0}” is not a CRS.</source>
      <translation>«{0}» no es un SRC.</translation>
    </message>
    <message>
      <source>“{0}” is not the address of a Dask scheduler.</source>
      <translation>«{0}» no es la dirección de un planificador Dask.</translation>
    </message>
  </context>
  <context>
    <name>EngineEnvironment</name>
    <message>
      <source>No Python was found for the engine.</source>
      <translation>No se encontró un Python para el motor.</translation>
    </message>
    <message>
      <source>Press Set up engine in the dock, or choose a Python under Settings &gt; Options &gt; Anomaly Lens.</source>
      <translation>Pulse Instalar el motor en el panel o elija un Python en Configuración &gt; Opciones &gt; Anomaly Lens.</translation>
    </message>
    <message>
      <source>the options</source>
      <translation>las opciones</translation>
    </message>
    <message>
      <source>{path}, set in {origin} as the engine's Python, does not exist.</source>
      <translation>{path}, puesto en {origin} como Python del motor, no existe.</translation>
    </message>
  </context>
  <context>
    <name>EngineSetup</name>
    <message>
      <source>A downloaded file is damaged, or not the one that was tested.</source>
      <translation>Un archivo descargado está dañado o no es el que se probó.</translation>
    </message>
    <message>
      <source>A package could not be installed.</source>
      <translation>No se pudo instalar un paquete.</translation>
    </message>
    <message>
      <source>A package is not there for this system and Python.</source>
      <translation>Un paquete no existe para este sistema y este Python.</translation>
    </message>
    <message>
      <source>Anomaly Lens: checking a Python</source>
      <translation>Anomaly Lens: comprobando un Python</translation>
    </message>
    <message>
      <source>Anomaly Lens: looking for Pythons</source>
      <translation>Anomaly Lens: buscando versiones de Python</translation>
    </message>
    <message>
      <source>Anomaly Lens: removing the engine</source>
      <translation>Anomaly Lens: quitando el motor</translation>
    </message>
    <message>
      <source>Anomaly Lens: setting up the engine</source>
      <translation>Anomaly Lens: instalando el motor</translation>
    </message>
    <message>
      <source>Another QGIS is setting up the engine (process {pid}, {program}).</source>
      <translation>Otro QGIS está instalando el motor (proceso {pid}, {program}).</translation>
    </message>
    <message>
      <source>Check the network and press Set up engine again: finished downloads are kept. Without a network, give a folder of wheels in the options.</source>
      <translation>Compruebe la red y pulse de nuevo Instalar el motor: las descargas terminadas se conservan. Sin red, indique en las opciones una carpeta de paquetes wheel.</translation>
    </message>
    <message>
      <source>Check the package sources in the options, or choose another Python there.</source>
      <translation>Compruebe en las opciones de dónde vienen los paquetes o elija allí otro Python.</translation>
    </message>
    <message>
      <source>Checking: a convolution on the device</source>
      <translation>Comprobando: una convolución en el dispositivo</translation>
    </message>
    <message>
      <source>Choose another Python in the options.</source>
      <translation>Elija otro Python en las opciones.</translation>
    </message>
    <message>
      <source>Choose the right folder, or leave it empty to download the packages.</source>
      <translation>Elija la carpeta correcta o déjela vacía para descargar los paquetes.</translation>
    </message>
    <message>
      <source>Close other QGIS windows and try again, or set ANOMALY_LENS_HOME to a folder of your own.</source>
      <translation>Cierre otras ventanas de QGIS e inténtelo de nuevo, o ponga en ANOMALY_LENS_HOME una carpeta propia.</translation>
    </message>
    <message>
      <source>Downloading {package}</source>
      <translation>Descargando {package}</translation>
    </message>
    <message>
      <source>Downloading {package}: {come} of {size} MB</source>
      <translation>Descargando {package}: {come} de {size} MB</translation>
    </message>
    <message>
      <source>Enter the proxy with its user and password under Settings &gt; Options &gt; Network, then try again.</source>
      <translation>Introduzca el proxy con su usuario y contraseña en Configuración &gt; Opciones &gt; Red e inténtelo de nuevo.</translation>
    </message>
    <message>
      <source>Free some space and press Set up engine again: finished downloads are kept.</source>
      <translation>Libere espacio y pulse de nuevo Instalar el motor: las descargas terminadas se conservan.</translation>
    </message>
    <message>
      <source>Free some space, or set ANOMALY_LENS_HOME to a folder on another disk.</source>
      <translation>Libere espacio o ponga en ANOMALY_LENS_HOME una carpeta de otro disco.</translation>
    </message>
    <message>
      <source>Install one from python.org, which takes a few clicks, then press Set up engine again. It changes nothing in QGIS.</source>
      <translation>Instale uno de python.org, son unos clics, y pulse de nuevo Instalar el motor. No cambia nada en QGIS.</translation>
    </message>
    <message>
      <source>Installing {count} small packages</source>
      <translation>Instalando {count} paquetes pequeños</translation>
    </message>
    <message>
      <source>Installing {package}: {size} MB</source>
      <translation>Instalando {package}: {size} MB</translation>
    </message>
    <message>
      <source>Looking for a Python</source>
      <translation>Buscando un Python</translation>
    </message>
    <message>
      <source>Make room or rights there.</source>
      <translation>Haga sitio o dé permisos allí.</translation>
    </message>
    <message>
      <source>Making an environment</source>
      <translation>Creando un entorno</translation>
    </message>
    <message>
      <source>No NVIDIA card was found: the engine will use the processor.</source>
      <translation>No se encontró tarjeta NVIDIA: el motor usará el procesador.</translation>
    </message>
    <message>
      <source>No Python from {oldest} to {newest} was found to make the engine from.</source>
      <translation>No se encontró un Python de {oldest} a {newest} con el que crear el motor.</translation>
    </message>
    <message>
      <source>On a Mac with Apple's own processor, install a Python from python.org, which runs for it, too, and press Set up engine again; or use a QGIS that is made for it.</source>
      <translation>En un Mac con procesador de Apple, instale un Python de python.org, que también funciona para él, y pulse de nuevo Instalar el motor; o use un QGIS hecho para él.</translation>
    </message>
    <message>
      <source>Please report this with the diagnostics.</source>
      <translation>Infórmenos de esto con el diagnóstico.</translation>
    </message>
    <message>
      <source>Press Repair, or copy the diagnostics for a report.</source>
      <translation>Pulse Reparar o copie el diagnóstico para un informe de error.</translation>
    </message>
    <message>
      <source>Press Set up engine again. If it stays so, your package index changes files.</source>
      <translation>Pulse de nuevo Instalar el motor. Si sigue igual, su índice de paquetes cambia los archivos.</translation>
    </message>
    <message>
      <source>PyTorch is not made for Intel's Macs any more, and QGIS runs as on one.</source>
      <translation>PyTorch ya no se hace para los Mac de Intel, y QGIS se ejecuta como en uno de ellos.</translation>
    </message>
    <message>
      <source>Removing the engine</source>
      <translation>Quitando el motor</translation>
    </message>
    <message>
      <source>Set ANOMALY_LENS_HOME to a folder with a short path, or have long paths enabled in Windows.</source>
      <translation>Ponga en ANOMALY_LENS_HOME una carpeta de ruta corta o haga que se habiliten las rutas largas en Windows.</translation>
    </message>
    <message>
      <source>The Python that the engine is made from cannot download: it lacks OpenSSL.</source>
      <translation>El Python con el que se crea el motor no puede descargar: le falta OpenSSL.</translation>
    </message>
    <message>
      <source>The details show what pip said; Copy diagnostics makes a report.</source>
      <translation>Los detalles muestran lo que dijo pip; Copiar diagnóstico hace un informe.</translation>
    </message>
    <message>
      <source>The disk is full.</source>
      <translation>El disco está lleno.</translation>
    </message>
    <message>
      <source>The download server cannot be reached.</source>
      <translation>No se llega al servidor de descargas.</translation>
    </message>
    <message>
      <source>The engine does not work with {python} (exit code {code}).</source>
      <translation>El motor no funciona con {python} (código de salida {code}).</translation>
    </message>
    <message>
      <source>The engine is at work.</source>
      <translation>El motor está trabajando.</translation>
    </message>
    <message>
      <source>The engine is ready</source>
      <translation>El motor está listo</translation>
    </message>
    <message>
      <source>The engine will use the processor.</source>
      <translation>El motor usará el procesador.</translation>
    </message>
    <message>
      <source>The folder of wheels has PyTorch for “{build}”.</source>
      <translation>La carpeta de paquetes tiene PyTorch para «{build}».</translation>
    </message>
    <message>
      <source>The path of the engine's folder is too long for Windows.</source>
      <translation>La ruta de la carpeta del motor es demasiado larga para Windows.</translation>
    </message>
    <message>
      <source>The proxy does not let the download through.</source>
      <translation>El proxy no deja pasar la descarga.</translation>
    </message>
    <message>
      <source>The server's certificate is not trusted.</source>
      <translation>El certificado del servidor no es de confianza.</translation>
    </message>
    <message>
      <source>The set-up failed unexpectedly: {reason}.</source>
      <translation>La instalación falló inesperadamente: {reason}.</translation>
    </message>
    <message>
      <source>The set-up was cancelled.</source>
      <translation>Se canceló la instalación.</translation>
    </message>
    <message>
      <source>There are no wheels in {folder}, the folder of wheels in the options.</source>
      <translation>No hay paquetes wheel en {folder}, la carpeta indicada en las opciones.</translation>
    </message>
    <message>
      <source>This computer</source>
      <translation>Este equipo</translation>
    </message>
    <message>
      <source>Wait for its end, or cancel it, then try again.</source>
      <translation>Espere a que termine o cancélelo, e inténtelo de nuevo.</translation>
    </message>
    <message>
      <source>Wait until it is done; this QGIS finds the engine then.</source>
      <translation>Espere a que termine; este QGIS encontrará entonces el motor.</translation>
    </message>
    <message>
      <source>With an index of PyTorch's builds in the options, {size} GB are downloaded.</source>
      <translation>Con un índice de versiones de PyTorch en las opciones se descargan {size} GB.</translation>
    </message>
    <message>
      <source>Your network may look into encrypted traffic: add its certificate authority under Settings &gt; Options &gt; Authentication &gt; Manage Certificates, or ask who runs the network.</source>
      <translation>Puede que su red inspeccione el tráfico cifrado: añada su autoridad certificadora en Configuración &gt; Opciones &gt; Autenticación &gt; Administrar certificados, o pregunte a quien lleva la red.</translation>
    </message>
    <message>
      <source>{folder} has {free} GB free; the engine needs {needed} GB.</source>
      <translation>{folder} tiene {free} GB libres; el motor necesita {needed} GB.</translation>
    </message>
    <message>
      <source>{name} has driver {driver}, which is too old for PyTorch's CUDA build ({needed} or newer): the engine will use the processor. Update the driver and press Repair to use the card.</source>
      <translation>{name} tiene el controlador {driver}, demasiado antiguo para la versión CUDA de PyTorch ({needed} o posterior): el motor usará el procesador. Actualice el controlador y pulse Reparar para usar la tarjeta.</translation>
    </message>
    <message>
      <source>{name} is too old for PyTorch's CUDA build: the engine will use the processor.</source>
      <translation>{name} es demasiado antigua para la versión CUDA de PyTorch: el motor usará el procesador.</translation>
    </message>
    <message>
      <source>{name} was found, but PyTorch's standard build for this system has no CUDA: the engine will use the processor. To use the card, give the index of PyTorch's builds in the options.</source>
      <translation>Se encontró {name}, pero la versión estándar de PyTorch para este sistema no tiene CUDA: el motor usará el procesador. Para usar la tarjeta, indique en las opciones el índice de versiones de PyTorch.</translation>
    </message>
    <message>
      <source>{name}, driver {driver}: the engine will use it, with CUDA ({build}).</source>
      <translation>{name}, controlador {driver}: el motor la usará, con CUDA ({build}).</translation>
    </message>
    <message>
      <source>{path} cannot be written: {reason}.</source>
      <translation>{path} no se puede escribir: {reason}.</translation>
    </message>
    <message>
      <source>{program} cannot be started: {reason}.</source>
      <translation>{program} no se puede iniciar: {reason}.</translation>
    </message>
    <message>
      <source>{python} cannot make an environment.</source>
      <translation>{python} no puede crear un entorno.</translation>
    </message>
    <message>
      <source>{reason} The engine uses the processor.</source>
      <translation>{reason} El motor usa el procesador.</translation>
    </message>
  </context>
  <context>
    <name>Exchange</name>
    <message>
      <source>Starting the engine</source>
      <translation>Iniciando el motor</translation>
    </message>
    <message>
      <source>Waiting for the engine, which is at work</source>
      <translation>Esperando al motor, que está ocupado</translation>
    </message>
  </context>
  <context>
    <name>Export</name>
    <message>
      <source>CSV table</source>
      <translation>Tabla CSV</translation>
    </message>
    <message>
      <source>Check that the disk is not full, or choose another folder.</source>
      <translation>Compruebe que el disco no está lleno o elija otra carpeta.</translation>
    </message>
    <message>
      <source>Choose a CRS that covers the scene.</source>
      <translation>Elija un SRC que cubra la escena.</translation>
    </message>
    <message>
      <source>Choose all polygons, or select or accept some first.</source>
      <translation>Elija todos los polígonos, o seleccione o acepte antes algunos.</translation>
    </message>
    <message>
      <source>Choose another folder.</source>
      <translation>Elija otra carpeta.</translation>
    </message>
    <message>
      <source>Choose another name or folder.</source>
      <translation>Elija otro nombre u otra carpeta.</translation>
    </message>
    <message>
      <source>Choose another name, or remove that layer first.</source>
      <translation>Elija otro nombre o quite antes esa capa.</translation>
    </message>
    <message>
      <source>Close other programs that use it, remove its layer from QGIS, or choose another name.</source>
      <translation>Cierre los programas que lo usan, quite su capa de QGIS o elija otro nombre.</translation>
    </message>
    <message>
      <source>Please report this with the details.</source>
      <translation>Infórmenos de esto con los detalles.</translation>
    </message>
    <message>
      <source>Polygon {rank} cannot be brought to {crs}.</source>
      <translation>El polígono {rank} no puede llevarse a {crs}.</translation>
    </message>
    <message>
      <source>The export was cancelled.</source>
      <translation>Se canceló la exportación.</translation>
    </message>
    <message>
      <source>The file could not be written: {reason}.</source>
      <translation>No se pudo escribir el archivo: {reason}.</translation>
    </message>
    <message>
      <source>The folder {folder} cannot be written to ({reason}).</source>
      <translation>No se puede escribir en la carpeta {folder} ({reason}).</translation>
    </message>
    <message>
      <source>The folder {folder} does not exist.</source>
      <translation>La carpeta {folder} no existe.</translation>
    </message>
    <message>
      <source>There is no polygon to export in “{name}”.</source>
      <translation>No hay polígonos que exportar en «{name}».</translation>
    </message>
    <message>
      <source>{name} could not be written in full.</source>
      <translation>{name} no se pudo escribir entero.</translation>
    </message>
    <message>
      <source>{name} could not be written.</source>
      <translation>{name} no se pudo escribir.</translation>
    </message>
    <message>
      <source>{path} cannot be replaced ({reason}).</source>
      <translation>{path} no se puede reemplazar ({reason}).</translation>
    </message>
    <message>
      <source>{path} is the file of the layer “{name}” in this project.</source>
      <translation>{path} es el archivo de la capa «{name}» de este proyecto.</translation>
    </message>
  </context>
  <context>
    <name>ExportDialog</name>
    <message>
      <source>&amp;Add the file to the project</source>
      <translation>&amp;Añadir el archivo al proyecto</translation>
    </message>
    <message>
      <source>&amp;CRS</source>
      <translation>S&amp;RC</translation>
    </message>
    <message>
      <source>&amp;Export</source>
      <translation>&amp;Exportar</translation>
    </message>
    <message>
      <source>&amp;File</source>
      <translation>Arc&amp;hivo</translation>
    </message>
    <message>
      <source>&amp;Layer</source>
      <translation>&amp;Capa</translation>
    </message>
    <message>
      <source>&amp;Polygons</source>
      <translation>&amp;Polígonos</translation>
    </message>
    <message>
      <source>1 polygon was written to {path}.</source>
      <translation>1 polígono escrito en {path}.</translation>
    </message>
    <message>
      <source>Accepted ({count})</source>
      <translation>Aceptadas ({count})</translation>
    </message>
    <message>
      <source>All ({count})</source>
      <translation>Todas ({count})</translation>
    </message>
    <message>
      <source>Anomaly Lens: {name}</source>
      <translation>Anomaly Lens: {name}</translation>
    </message>
    <message>
      <source>Choose a file to write.</source>
      <translation>Elija un archivo para escribir.</translation>
    </message>
    <message>
      <source>Export anomalies</source>
      <translation>Exportar anomalías</translation>
    </message>
    <message>
      <source>Export anomalies to</source>
      <translation>Exportar anomalías a</translation>
    </message>
    <message>
      <source>F&amp;ormat</source>
      <translation>F&amp;ormato</translation>
    </message>
    <message>
      <source>How much of the file is written; Cancel leaves everything as it was</source>
      <translation>Cuánto del archivo está escrito; Cancelar deja todo como estaba</translation>
    </message>
    <message>
      <source>Load the file as a layer when it is written</source>
      <translation>Cargar el archivo como capa cuando esté escrito</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>Abrir</translation>
    </message>
    <message>
      <source>Report for printing (PDF)</source>
      <translation>Informe para imprimir (PDF)</translation>
    </message>
    <message>
      <source>Report for the browser (HTML)</source>
      <translation>Informe para el navegador (HTML)</translation>
    </message>
    <message>
      <source>Selected ({count})</source>
      <translation>Seleccionadas ({count})</translation>
    </message>
    <message>
      <source>Texts that were cut: {count}. A shapefile takes 254 bytes of each, a GeoPackage takes them whole.</source>
      <translation>Textos recortados: {count}. Un shapefile admite 254 bytes de cada uno; un GeoPackage los guarda enteros.</translation>
    </message>
    <message>
      <source>The anomalies to export</source>
      <translation>Las anomalías que se exportan</translation>
    </message>
    <message>
      <source>The coordinate reference system of the file</source>
      <translation>El sistema de referencia de coordenadas del archivo</translation>
    </message>
    <message>
      <source>The file format</source>
      <translation>El formato del archivo</translation>
    </message>
    <message>
      <source>The file to write</source>
      <translation>El archivo que se escribe</translation>
    </message>
    <message>
      <source>Which of its polygons</source>
      <translation>Cuáles de sus polígonos</translation>
    </message>
    <message>
      <source>{count} polygons were written to {path}.</source>
      <translation>{count} polígonos escritos en {path}.</translation>
    </message>
    <message>
      <source>{name} exists. Replace it?</source>
      <translation>{name} existe. ¿Reemplazarlo?</translation>
    </message>
  </context>
  <context>
    <name>ExtentPicker</name>
    <message>
      <source>Drag one on the map, from corner to corner.</source>
      <translation>Arrastre uno en el mapa, de esquina a esquina.</translation>
    </message>
    <message>
      <source>Draw a rectangle</source>
      <translation>Dibujar un rectángulo</translation>
    </message>
    <message>
      <source>Draw the rectangle on the map; drag from corner to corner</source>
      <translation>Dibuje el rectángulo en el mapa; arrastre de esquina a esquina</translation>
    </message>
    <message>
      <source>Drawn rectangle</source>
      <translation>Rectángulo dibujado</translation>
    </message>
    <message>
      <source>Load one, or choose another extent.</source>
      <translation>Cargue una o elija otra extensión.</translation>
    </message>
    <message>
      <source>Map canvas</source>
      <translation>Vista del mapa</translation>
    </message>
    <message>
      <source>No rectangle was drawn yet.</source>
      <translation>Aún no se dibujó ningún rectángulo.</translation>
    </message>
    <message>
      <source>Polygon layer</source>
      <translation>Capa de polígonos</translation>
    </message>
    <message>
      <source>Search only inside the polygons that are selected in that layer</source>
      <translation>Buscar solo dentro de los polígonos seleccionados en esa capa</translation>
    </message>
    <message>
      <source>Selected features only</source>
      <translation>Solo objetos seleccionados</translation>
    </message>
    <message>
      <source>The layer whose polygons are searched</source>
      <translation>La capa dentro de cuyos polígonos se busca</translation>
    </message>
    <message>
      <source>The project has no polygon layer.</source>
      <translation>El proyecto no tiene capas de polígonos.</translation>
    </message>
    <message>
      <source>Where to search; pixels elsewhere are neither scored nor counted as normal</source>
      <translation>Dónde buscar; los demás píxeles no se puntúan ni cuentan como normales</translation>
    </message>
    <message>
      <source>Whole layer</source>
      <translation>Toda la capa</translation>
    </message>
  </context>
  <context>
    <name>HelpDialog</name>
    <message>
      <source>&amp;Back</source>
      <translation>&amp;Atrás</translation>
    </message>
    <message>
      <source>&amp;Contents</source>
      <translation>&amp;Contenido</translation>
    </message>
    <message>
      <source>All pages</source>
      <translation>Todas las páginas</translation>
    </message>
    <message>
      <source>Anomaly Lens help</source>
      <translation>Ayuda de Anomaly Lens</translation>
    </message>
    <message>
      <source>The page before</source>
      <translation>La página anterior</translation>
    </message>
    <message>
      <source>These pages are in English.</source>
      <translation>Estas páginas están en inglés.</translation>
    </message>
  </context>
  <context>
    <name>HistogramSlider</name>
    <message>
      <source>How many pixels have which score (logarithmic). Drag the line, or use the arrow keys</source>
      <translation>Cuántos píxeles tienen cada puntuación (logarítmico). Arrastre la línea o use las teclas de flecha</translation>
    </message>
    <message>
      <source>Threshold</source>
      <translation>Umbral</translation>
    </message>
  </context>
  <context>
    <name>LayerExport</name>
    <message>
      <source>Check that it draws on the map and that its server can be reached.</source>
      <translation>Compruebe que se dibuja en el mapa y que se llega a su servidor.</translation>
    </message>
    <message>
      <source>Choose a smaller extent or a coarser resolution.</source>
      <translation>Elija una extensión menor o una resolución más gruesa.</translation>
    </message>
    <message>
      <source>Choose an extent on the layer.</source>
      <translation>Elija una extensión sobre la capa.</translation>
    </message>
    <message>
      <source>Make room on the disk of the temporary folder, {folder}.</source>
      <translation>Libere espacio en el disco de la carpeta temporal, {folder}.</translation>
    </message>
    <message>
      <source>The extent does not touch the layer “{name}”.</source>
      <translation>La extensión no toca la capa «{name}».</translation>
    </message>
    <message>
      <source>The layer “{name}” could not be exported.</source>
      <translation>No se pudo exportar la capa «{name}».</translation>
    </message>
    <message>
      <source>The layer “{name}” would be exported with {size} megapixels; {limit} are the limit.</source>
      <translation>La capa «{name}» se exportaría con {size} megapíxeles; el límite es {limit}.</translation>
    </message>
    <message>
      <source>The run was cancelled.</source>
      <translation>Se canceló la ejecución.</translation>
    </message>
  </context>
  <context>
    <name>LayerPicker</name>
    <message>
      <source>Search several layers in one run</source>
      <translation>Buscar en varias capas en una ejecución</translation>
    </message>
    <message>
      <source>Several layers</source>
      <translation>Varias capas</translation>
    </message>
    <message>
      <source>The raster layer to search</source>
      <translation>La capa ráster en la que buscar</translation>
    </message>
    <message>
      <source>Tick the raster layers to search, one after the other</source>
      <translation>Marque las capas ráster en las que buscar, una tras otra</translation>
    </message>
  </context>
  <context>
    <name>LogDialog</name>
    <message>
      <source>Anomaly Lens log</source>
      <translation>Registro de Anomaly Lens</translation>
    </message>
    <message>
      <source>Copy</source>
      <translation>Copiar</translation>
    </message>
    <message>
      <source>Copy everything to the clipboard, for a report</source>
      <translation>Copiar todo al portapapeles, para un informe de error</translation>
    </message>
    <message>
      <source>Log</source>
      <translation>Registro</translation>
    </message>
    <message>
      <source>Nothing was written yet.</source>
      <translation>Todavía no se ha escrito nada.</translation>
    </message>
    <message>
      <source>What the engine and the plugin wrote, the latest at the end</source>
      <translation>Lo que escribieron el motor y el complemento, lo último al final</translation>
    </message>
  </context>
  <context>
    <name>LookPanel</name>
    <message>
      <source> mm</source>
      <translation> mm</translation>
    </message>
    <message>
      <source>&amp;Colours</source>
      <translation>&amp;Colores</translation>
    </message>
    <message>
      <source>&amp;Opacity</source>
      <translation>&amp;Opacidad</translation>
    </message>
    <message>
      <source>&amp;Show on the map</source>
      <translation>Mo&amp;strar en el mapa</translation>
    </message>
    <message>
      <source>Choose a run to change how it looks.</source>
      <translation>Elija una ejecución para cambiar su aspecto.</translation>
    </message>
    <message>
      <source>Colours that get lighter with the score, and that colour-blind people can read</source>
      <translation>Colores más claros cuanto mayor la puntuación, legibles para personas daltónicas</translation>
    </message>
    <message>
      <source>Heat map</source>
      <translation>Mapa de calor</translation>
    </message>
    <message>
      <source>How much of the image the heat map covers</source>
      <translation>Cuánto cubre el mapa de calor la imagen</translation>
    </message>
    <message>
      <source>How wide the outlines are drawn</source>
      <translation>Con qué ancho se dibujan los contornos</translation>
    </message>
    <message>
      <source>La&amp;bels</source>
      <translation>Eti&amp;quetas</translation>
    </message>
    <message>
      <source>Left of a line on the map, the image without the heat map; drag the line. Press again to end it</source>
      <translation>A la izquierda de una línea en el mapa, la imagen sin el mapa de calor; arrastre la línea. Pulse otra vez para terminar</translation>
    </message>
    <message>
      <source>Outline wi&amp;dth</source>
      <translation>Anc&amp;ho del contorno</translation>
    </message>
    <message>
      <source>Polygons</source>
      <translation>Polígonos</translation>
    </message>
    <message>
      <source>S&amp;wipe</source>
      <translation>Cor&amp;tinilla</translation>
    </message>
    <message>
      <source>Scores from 0 to 1, as the detector's training calibrated them.</source>
      <translation>Puntuaciones de 0 a 1, calibradas por el entrenamiento del detector.</translation>
    </message>
    <message>
      <source>Show or hide the heat map, as the layer tree does</source>
      <translation>Mostrar u ocultar el mapa de calor, como el árbol de capas</translation>
    </message>
    <message>
      <source>The heat map of this run is not in the project.</source>
      <translation>El mapa de calor de esta ejecución no está en el proyecto.</translation>
    </message>
    <message>
      <source>What stands beside each polygon</source>
      <translation>Qué figura junto a cada polígono</translation>
    </message>
  </context>
  <context>
    <name>LookSwitch</name>
    <message>
      <source>Begin a second look</source>
      <translation>Empezar una segunda revisión</translation>
    </message>
    <message>
      <source>No polygon has both decisions yet.</source>
      <translation>Ningún polígono tiene aún ambas decisiones.</translation>
    </message>
    <message>
      <source>Who looks? The first decisions are hidden until both are compared.</source>
      <translation>¿Quién mira? Las primeras decisiones quedan ocultas hasta comparar ambas.</translation>
    </message>
    <message>
      <source>{agree} of {both} decided alike ({percent:.0f} %), Cohen's kappa {kappa}.</source>
      <translation>{agree} de {both} decididas igual ({percent:.0f} %), kappa de Cohen {kappa}.</translation>
    </message>
  </context>
  <context>
    <name>Looks</name>
    <message>
      <source>Check that the file can be written and that no other program has it open.</source>
      <translation>Compruebe que se puede escribir el archivo y que ningún otro programa lo tiene abierto.</translation>
    </message>
    <message>
      <source>Save or discard its edits first.</source>
      <translation>Guarde o descarte antes sus ediciones.</translation>
    </message>
    <message>
      <source>The second look's fields cannot be added to “{name}”.</source>
      <translation>No se pueden añadir los campos de la segunda revisión a «{name}».</translation>
    </message>
    <message>
      <source>Untick Read-only in Project &gt; Properties &gt; Data Sources first.</source>
      <translation>Desmarque antes Solo lectura en Proyecto &gt; Propiedades &gt; Fuentes de datos.</translation>
    </message>
    <message>
      <source>“{name}” is being edited.</source>
      <translation>«{name}» está en edición.</translation>
    </message>
    <message>
      <source>“{name}” is read-only in this project.</source>
      <translation>«{name}» es de solo lectura en este proyecto.</translation>
    </message>
  </context>
  <context>
    <name>ManageDialog</name>
    <message>
      <source>&amp;Delete…</source>
      <translation>&amp;Borrar…</translation>
    </message>
    <message>
      <source>&amp;Export…</source>
      <translation>&amp;Exportar…</translation>
    </message>
    <message>
      <source>&amp;Import…</source>
      <translation>&amp;Importar…</translation>
    </message>
    <message>
      <source>&amp;Rename…</source>
      <translation>&amp;Renombrar…</translation>
    </message>
    <message>
      <source>Bands</source>
      <translation>Bandas</translation>
    </message>
    <message>
      <source>Call the model otherwise</source>
      <translation>Llamar al modelo de otro modo</translation>
    </message>
    <message>
      <source>Delete the model for good</source>
      <translation>Borrar el modelo para siempre</translation>
    </message>
    <message>
      <source>Delete the model “{name}”? This cannot be undone.</source>
      <translation>¿Borrar el modelo «{name}»? No se puede deshacer.</translation>
    </message>
    <message>
      <source>Export the model</source>
      <translation>Exportar el modelo</translation>
    </message>
    <message>
      <source>Import a model</source>
      <translation>Importar un modelo</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>Modelos</translation>
    </message>
    <message>
      <source>Models (*.zip card.json)</source>
      <translation>Modelos (*.zip card.json)</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>Nombre</translation>
    </message>
    <message>
      <source>Rename the model</source>
      <translation>Renombrar el modelo</translation>
    </message>
    <message>
      <source>Take a model from a zip file</source>
      <translation>Tomar un modelo de un archivo zip</translation>
    </message>
    <message>
      <source>Taught</source>
      <translation>Enseñado</translation>
    </message>
    <message>
      <source>Taught models</source>
      <translation>Modelos enseñados</translation>
    </message>
    <message>
      <source>The models that you have taught, and those that ship with the plugin</source>
      <translation>Los modelos que usted enseñó y los incluidos en el complemento</translation>
    </message>
    <message>
      <source>Write the model to a zip file</source>
      <translation>Escribir el modelo en un archivo zip</translation>
    </message>
    <message>
      <source>Zip files (*.zip)</source>
      <translation>Archivos zip (*.zip)</translation>
    </message>
    <message>
      <source>ships with the plugin</source>
      <translation>incluido en el complemento</translation>
    </message>
  </context>
  <context>
    <name>Messages</name>
    <message>
      <source>Details</source>
      <translation>Detalles</translation>
    </message>
    <message>
      <source>More</source>
      <translation>Más</translation>
    </message>
  </context>
  <context>
    <name>ModelRow</name>
    <message>
      <source>Bands: {bands}; taught {date}</source>
      <translation>Bandas: {bands}; enseñado el {date}</translation>
    </message>
    <message>
      <source>Models…</source>
      <translation>Modelos…</translation>
    </message>
    <message>
      <source>No model yet: teach one</source>
      <translation>Aún no hay modelo: enseñe uno</translation>
    </message>
    <message>
      <source>Rename, delete, export and import models</source>
      <translation>Renombrar, borrar, exportar e importar modelos</translation>
    </message>
    <message>
      <source>Teach &amp;normal…</source>
      <translation>Enseñar l&amp;o normal…</translation>
    </message>
    <message>
      <source>Teach a model from polygons of normal ground</source>
      <translation>Enseñar un modelo con polígonos de terreno normal</translation>
    </message>
    <message>
      <source>What is normal: a model that you have taught, or one that ships</source>
      <translation>Qué es normal: un modelo que usted enseñó o uno incluido</translation>
    </message>
    <message>
      <source>{name} (not there any more)</source>
      <translation>{name} (ya no existe)</translation>
    </message>
  </context>
  <context>
    <name>Models</name>
    <message>
      <source>Choose a zip file that “Export…” has written, or a model's folder.</source>
      <translation>Elija un archivo zip escrito con «Exportar…» o la carpeta de un modelo.</translation>
    </message>
    <message>
      <source>Copy or export it again.</source>
      <translation>Cópielo o expórtelo de nuevo.</translation>
    </message>
    <message>
      <source>Dry, bare ground (10 cm)</source>
      <translation>Suelo seco y desnudo (10 cm)</translation>
    </message>
    <message>
      <source>Fields and ponds (5 m)</source>
      <translation>Cultivos y estanques (5 m)</translation>
    </message>
    <message>
      <source>Forest (10 cm)</source>
      <translation>Bosque (10 cm)</translation>
    </message>
    <message>
      <source>Give one with letters or digits.</source>
      <translation>Indique uno con letras o cifras.</translation>
    </message>
    <message>
      <source>Grass and range (10 to 20 cm)</source>
      <translation>Hierba y pastos (de 10 a 20 cm)</translation>
    </message>
    <message>
      <source>Make room, or choose another place.</source>
      <translation>Haga sitio o elija otro lugar.</translation>
    </message>
    <message>
      <source>Open water (20 cm)</source>
      <translation>Aguas abiertas (20 cm)</translation>
    </message>
    <message>
      <source>The model has no name.</source>
      <translation>El modelo no tiene nombre.</translation>
    </message>
    <message>
      <source>Town (20 cm)</source>
      <translation>Zona urbana (20 cm)</translation>
    </message>
    <message>
      <source>{path} cannot be written ({reason}).</source>
      <translation>{path} no se puede escribir ({reason}).</translation>
    </message>
    <message>
      <source>{path} is damaged: its weights are not those that its card describes.</source>
      <translation>{path} está dañado: sus pesos no son los que describe su ficha.</translation>
    </message>
    <message>
      <source>{path} is no taught model.</source>
      <translation>{path} no es un modelo enseñado.</translation>
    </message>
  </context>
  <context>
    <name>OptionsPage</name>
    <message>
      <source>&amp;Help</source>
      <translation>A&amp;yuda</translation>
    </message>
    <message>
      <source>&amp;Index of PyTorch's builds</source>
      <translation>Índ&amp;ice de versiones de PyTorch</translation>
    </message>
    <message>
      <source>&amp;Test</source>
      <translation>&amp;Probar</translation>
    </message>
    <message>
      <source>&amp;Wheels</source>
      <translation>Paquetes &amp;wheel</translation>
    </message>
    <message>
      <source>A Python 3.10 or newer with PyTorch and the engine's other packages</source>
      <translation>Un Python 3.10 o posterior con PyTorch y los demás paquetes del motor</translation>
    </message>
    <message>
      <source>A folder with downloaded packages, for computers without a network</source>
      <translation>Una carpeta con paquetes descargados, para equipos sin red</translation>
    </message>
    <message>
      <source>Address of an index with PyTorch's builds, such as its site shows after --index-url. The build for this computer's card and driver is chosen by itself</source>
      <translation>Dirección de un índice con versiones de PyTorch, como la muestra su sitio tras --index-url. La versión para la tarjeta y el controlador de este equipo se elige sola</translation>
    </message>
    <message>
      <source>Automatic: PyTorch's standard build</source>
      <translation>Automático: la versión estándar de PyTorch</translation>
    </message>
    <message>
      <source>Automatic: the GPU where there is one</source>
      <translation>Automático: la GPU, si la hay</translation>
    </message>
    <message>
      <source>Automatic: {python}</source>
      <translation>Automático: {python}</translation>
    </message>
    <message>
      <source>CPU</source>
      <translation>CPU</translation>
    </message>
    <message>
      <source>Copy dia&amp;gnostics</source>
      <translation>Copiar dia&amp;gnóstico</translation>
    </message>
    <message>
      <source>Copy versions, devices, places and the set-up's log, for a report</source>
      <translation>Copiar versiones, dispositivos, lugares y el registro de la instalación, para un informe de error</translation>
    </message>
    <message>
      <source>De&amp;vice</source>
      <translation>Dispositi&amp;vo</translation>
    </message>
    <message>
      <source>Delete the engine in {folder}? Detection does not work until it is set up again.</source>
      <translation>¿Borrar el motor de {folder}? La detección no funcionará hasta instalarlo de nuevo.</translation>
    </message>
    <message>
      <source>Delete the environment that was set up, and unfinished downloads</source>
      <translation>Borrar el entorno instalado y las descargas sin terminar</translation>
    </message>
    <message>
      <source>Detection runs outside QGIS, in an engine with a Python of its own. Left empty, the engine uses the one that was set up below or, where it has what is needed, that of QGIS.</source>
      <translation>La detección se ejecuta fuera de QGIS, en un motor con su propio Python. Si se deja vacío, el motor usa el que se instaló abajo o, si tiene lo necesario, el de QGIS.</translation>
    </message>
    <message>
      <source>Engine &amp;Python</source>
      <translation>Python del &amp;motor</translation>
    </message>
    <message>
      <source>Folder of wheels</source>
      <translation>Carpeta de paquetes wheel</translation>
    </message>
    <message>
      <source>GPU (CUDA)</source>
      <translation>GPU (CUDA)</translation>
    </message>
    <message>
      <source>None was found; choose one</source>
      <translation>No se encontró ninguno; elija uno</translation>
    </message>
    <message>
      <source>None: packages are downloaded</source>
      <translation>Ninguna: los paquetes se descargan</translation>
    </message>
    <message>
      <source>Proxies, certificates, computers without a network, graphics cards</source>
      <translation>Proxis, certificados, equipos sin red, tarjetas gráficas</translation>
    </message>
    <message>
      <source>Python that runs the engine</source>
      <translation>Python que ejecuta el motor</translation>
    </message>
    <message>
      <source>R&amp;emove…</source>
      <translation>&amp;Quitar…</translation>
    </message>
    <message>
      <source>Remove the engine?</source>
      <translation>¿Quitar el motor?</translation>
    </message>
    <message>
      <source>Start the engine with this Python and show its version and devices</source>
      <translation>Iniciar el motor con este Python y mostrar su versión y dispositivos</translation>
    </message>
    <message>
      <source>Starting the engine…</source>
      <translation>Iniciando el motor…</translation>
    </message>
    <message>
      <source>The device that runs use</source>
      <translation>El dispositivo que usan las ejecuciones</translation>
    </message>
    <message>
      <source>The engine works: version {version}. Devices: {devices}.</source>
      <translation>El motor funciona: versión {version}. Dispositivos: {devices}.</translation>
    </message>
    <message>
      <source>The plugin's own engine</source>
      <translation>El motor propio del complemento</translation>
    </message>
    <message>
      <source>What the test found</source>
      <translation>Qué encontró la prueba</translation>
    </message>
  </context>
  <context>
    <name>PanelForm</name>
    <message>
      <source>A wide area</source>
      <translation>Una zona amplia</translation>
    </message>
    <message>
      <source>All</source>
      <translation>Todas</translation>
    </message>
    <message>
      <source>Begin a second look…</source>
      <translation>Empezar una segunda revisión…</translation>
    </message>
    <message>
      <source>Both compared</source>
      <translation>Las dos comparadas</translation>
    </message>
    <message>
      <source>Export…</source>
      <translation>Exportar…</translation>
    </message>
    <message>
      <source>Filter</source>
      <translation>Filtro</translation>
    </message>
    <message>
      <source>First look</source>
      <translation>Primera revisión</translation>
    </message>
    <message>
      <source>Go on after each decision</source>
      <translation>Avanzar tras cada decisión</translation>
    </message>
    <message>
      <source>How far the two reviewers agree</source>
      <translation>Cuánto coinciden los dos revisores</translation>
    </message>
    <message>
      <source>How many polygons have a decision</source>
      <translation>Cuántos polígonos tienen una decisión</translation>
    </message>
    <message>
      <source>How the review steps on, what the map shows, and a second look</source>
      <translation>Cómo avanza la revisión, qué muestra el mapa, y una segunda revisión</translation>
    </message>
    <message>
      <source>Its surroundings</source>
      <translation>Su entorno</translation>
    </message>
    <message>
      <source>Look</source>
      <translation>Revisión</translation>
    </message>
    <message>
      <source>Looks differ</source>
      <translation>Las revisiones difieren</translation>
    </message>
    <message>
      <source>No polygon meets the filter.</source>
      <translation>Ningún polígono cumple el filtro.</translation>
    </message>
    <message>
      <source>Polygons</source>
      <translation>Polígonos</translation>
    </message>
    <message>
      <source>Second look, blind</source>
      <translation>Segunda revisión, a ciegas</translation>
    </message>
    <message>
      <source>Show polygons of this status only</source>
      <translation>Mostrar solo los polígonos con este estado</translation>
    </message>
    <message>
      <source>Show some polygons only: conditions on rank, score and area, and words of the label or note. A number alone is a rank</source>
      <translation>Mostrar solo algunos polígonos: condiciones de rango, puntuación y área, y palabras de la etiqueta o la nota. Un número solo es un rango</translation>
    </message>
    <message>
      <source>Somebody decides again without seeing the first decisions; then the two are compared</source>
      <translation>Alguien decide otra vez sin ver las primeras decisiones; después se comparan ambas</translation>
    </message>
    <message>
      <source>Status</source>
      <translation>Estado</translation>
    </message>
    <message>
      <source>The map follows</source>
      <translation>El mapa sigue</translation>
    </message>
    <message>
      <source>The map goes to the chosen polygon</source>
      <translation>El mapa va al polígono elegido</translation>
    </message>
    <message>
      <source>The polygon and little else</source>
      <translation>El polígono y poco más</translation>
    </message>
    <message>
      <source>There are no polygons. A lower score on the page Threshold may find some.</source>
      <translation>No hay polígonos. Una puntuación menor en la página Umbral puede encontrar algunos.</translation>
    </message>
    <message>
      <source>To the next unreviewed polygon</source>
      <translation>Al siguiente polígono sin revisar</translation>
    </message>
    <message>
      <source>What needs attention</source>
      <translation>Qué necesita atención</translation>
    </message>
    <message>
      <source>What the map shows</source>
      <translation>Qué muestra el mapa</translation>
    </message>
    <message>
      <source>Whose decisions are shown and made</source>
      <translation>De quién son las decisiones que se muestran y se toman</translation>
    </message>
    <message>
      <source>Write the accepted anomalies to a file</source>
      <translation>Escribir las anomalías aceptadas en un archivo</translation>
    </message>
    <message>
      <source>score&gt;{score} area&gt;100 word</source>
      <translation>score&gt;{score} area&gt;100 palabra</translation>
    </message>
  </context>
  <context>
    <name>Report</name>
    <message>
      <source>% of the peak</source>
      <translation>% del pico</translation>
    </message>
    <message>
      <source>Accepted anomalies</source>
      <translation>Anomalías aceptadas</translation>
    </message>
    <message>
      <source>All</source>
      <translation>Todas</translation>
    </message>
    <message>
      <source>Anomalies</source>
      <translation>Anomalías</translation>
    </message>
    <message>
      <source>Anomalies from score</source>
      <translation>Anomalías desde la puntuación</translation>
    </message>
    <message>
      <source>Anomaly Lens</source>
      <translation>Anomaly Lens</translation>
    </message>
    <message>
      <source>Anomaly report</source>
      <translation>Informe de anomalías</translation>
    </message>
    <message>
      <source>Area</source>
      <translation>Área</translation>
    </message>
    <message>
      <source>Check that the disk is not full, or choose another folder.</source>
      <translation>Compruebe que el disco no está lleno o elija otra carpeta.</translation>
    </message>
    <message>
      <source>Coordinate system</source>
      <translation>Sistema de coordenadas</translation>
    </message>
    <message>
      <source>Detector</source>
      <translation>Detector</translation>
    </message>
    <message>
      <source>Device</source>
      <translation>Dispositivo</translation>
    </message>
    <message>
      <source>Heat map</source>
      <translation>Mapa de calor</translation>
    </message>
    <message>
      <source>Holes filled up to</source>
      <translation>Huecos rellenados hasta</translation>
    </message>
    <message>
      <source>How it was found</source>
      <translation>Cómo se encontró</translation>
    </message>
    <message>
      <source>Label and note</source>
      <translation>Etiqueta y nota</translation>
    </message>
    <message>
      <source>Left out here: {count}; an exported table has them all.</source>
      <translation>No figuran aquí: {count}; una tabla exportada las tiene todas.</translation>
    </message>
    <message>
      <source>Longitude, latitude</source>
      <translation>Longitud, latitud</translation>
    </message>
    <message>
      <source>Made on {time} with Anomaly Lens</source>
      <translation>Hecho el {time} con Anomaly Lens</translation>
    </message>
    <message>
      <source>Map</source>
      <translation>Mapa</translation>
    </message>
    <message>
      <source>Mean</source>
      <translation>Media</translation>
    </message>
    <message>
      <source>Merged within</source>
      <translation>Unidas a menos de</translation>
    </message>
    <message>
      <source>Modality</source>
      <translation>Modalidad</translation>
    </message>
    <message>
      <source>None is listed here.</source>
      <translation>Ninguna figura aquí.</translation>
    </message>
    <message>
      <source>Other</source>
      <translation>Otros</translation>
    </message>
    <message>
      <source>Outlines from</source>
      <translation>Contornos desde</translation>
    </message>
    <message>
      <source>Outlines smoothed</source>
      <translation>Contornos suavizados</translation>
    </message>
    <message>
      <source>Polygons</source>
      <translation>Polígonos</translation>
    </message>
    <message>
      <source>Rank</source>
      <translation>Rango</translation>
    </message>
    <message>
      <source>Run</source>
      <translation>Ejecución</translation>
    </message>
    <message>
      <source>Scene</source>
      <translation>Escena</translation>
    </message>
    <message>
      <source>Score</source>
      <translation>Puntuación</translation>
    </message>
    <message>
      <source>Searched</source>
      <translation>Fecha de la búsqueda</translation>
    </message>
    <message>
      <source>Size</source>
      <translation>Tamaño</translation>
    </message>
    <message>
      <source>Smallest area</source>
      <translation>Área mínima</translation>
    </message>
    <message>
      <source>Status</source>
      <translation>Estado</translation>
    </message>
    <message>
      <source>The run on the map: outlines by status, and the heat map where it is shown.</source>
      <translation>La ejecución en el mapa: contornos por estado, y el mapa de calor donde se muestra.</translation>
    </message>
    <message>
      <source>Top share</source>
      <translation>Fracción superior</translation>
    </message>
    <message>
      <source>Weights (SHA-256)</source>
      <translation>Pesos (SHA-256)</translation>
    </message>
    <message>
      <source>Width × height</source>
      <translation>Ancho × alto</translation>
    </message>
    <message>
      <source>it was cut short</source>
      <translation>quedó cortado</translation>
    </message>
    <message>
      <source>x, y</source>
      <translation>x, y</translation>
    </message>
    <message>
      <source>{name} could not be written ({reason}).</source>
      <translation>{name} no se pudo escribir ({reason}).</translation>
    </message>
    <message>
      <source>{width} × {height} pixels, bands: {bands}</source>
      <translation>{width} × {height} píxeles, bandas: {bands}</translation>
    </message>
  </context>
  <context>
    <name>Results</name>
    <message>
      <source>A score of {half} means as deviating as the top 1 % of the scene; {high} means nine times that.</source>
      <translation>Una puntuación de {half} significa tan desviado como el 1 % superior de la escena; {high}, nueve veces más.</translation>
    </message>
    <message>
      <source>Anomalies</source>
      <translation>Anomalías</translation>
    </message>
    <message>
      <source>Check that the disk is there and not full, and run it again.</source>
      <translation>Compruebe que el disco está disponible y no lleno, y ejecútelo de nuevo.</translation>
    </message>
    <message>
      <source>Heat map</source>
      <translation>Mapa de calor</translation>
    </message>
    <message>
      <source>Press the triangle beside a layer in the layer tree, and say where its file is now.</source>
      <translation>Pulse el triángulo junto a una capa en el árbol de capas e indique dónde está ahora su archivo.</translation>
    </message>
    <message>
      <source>Scores run from 0 to 1, as the detector's training calibrated them.</source>
      <translation>Las puntuaciones van de 0 a 1, calibradas por el entrenamiento del detector.</translation>
    </message>
    <message>
      <source>The files of this project's results are missing.</source>
      <translation>Faltan los archivos de los resultados de este proyecto.</translation>
    </message>
    <message>
      <source>The result {path} cannot be opened.</source>
      <translation>No se puede abrir el resultado {path}.</translation>
    </message>
    <message>
      <source>{what} of “{scene}”, found by {detector} ({modality}) with Anomaly Lens. {scores} Anomalies begin at {threshold}; there are {count}.</source>
      <translation>{what} de «{scene}», por {detector} ({modality}) con Anomaly Lens. {scores} Las anomalías empiezan en {threshold}; hay {count}.</translation>
    </message>
  </context>
  <context>
    <name>ReviewActions</name>
    <message>
      <source>Accept</source>
      <translation>Aceptar</translation>
    </message>
    <message>
      <source>Accept anomaly</source>
      <translation>Aceptar la anomalía</translation>
    </message>
    <message>
      <source>Label</source>
      <translation>Etiqueta</translation>
    </message>
    <message>
      <source>Label of the anomaly</source>
      <translation>Etiqueta de la anomalía</translation>
    </message>
    <message>
      <source>Mark anomaly as unsure</source>
      <translation>Marcar la anomalía como dudosa</translation>
    </message>
    <message>
      <source>Next anomaly</source>
      <translation>Anomalía siguiente</translation>
    </message>
    <message>
      <source>Next unreviewed anomaly</source>
      <translation>Siguiente anomalía sin revisar</translation>
    </message>
    <message>
      <source>Note</source>
      <translation>Nota</translation>
    </message>
    <message>
      <source>Note on the anomaly</source>
      <translation>Nota sobre la anomalía</translation>
    </message>
    <message>
      <source>Previous anomaly</source>
      <translation>Anomalía anterior</translation>
    </message>
    <message>
      <source>Redo in the anomaly review</source>
      <translation>Rehacer en la revisión de anomalías</translation>
    </message>
    <message>
      <source>Reject</source>
      <translation>Rechazar</translation>
    </message>
    <message>
      <source>Reject anomaly</source>
      <translation>Rechazar la anomalía</translation>
    </message>
    <message>
      <source>Reset</source>
      <translation>Restablecer</translation>
    </message>
    <message>
      <source>Set anomaly back to unreviewed</source>
      <translation>Devolver la anomalía a sin revisar</translation>
    </message>
    <message>
      <source>Undo in the anomaly review</source>
      <translation>Deshacer en la revisión de anomalías</translation>
    </message>
    <message>
      <source>Unsure</source>
      <translation>Dudosa</translation>
    </message>
  </context>
  <context>
    <name>ReviewDock</name>
    <message>
      <source>Anomaly review</source>
      <translation>Revisión de anomalías</translation>
    </message>
    <message>
      <source>Run</source>
      <translation>Ejecución</translation>
    </message>
    <message>
      <source>The run to work on: all results of this project</source>
      <translation>La ejecución con la que trabajar: todos los resultados de este proyecto</translation>
    </message>
    <message>
      <source>There are no results in this project. Search a layer first.</source>
      <translation>No hay resultados en este proyecto. Busque antes en una capa.</translation>
    </message>
  </context>
  <context>
    <name>ReviewModel</name>
    <message>
      <source>Area {unit}</source>
      <translation>Área {unit}</translation>
    </message>
    <message>
      <source>How sure the detector is of the object, which ranks it. Highest score of a pixel: {score}</source>
      <translation>Cuán seguro está el detector del objeto, por lo que lo ordena. Puntuación máxima de un píxel: {score}</translation>
    </message>
    <message>
      <source>Label</source>
      <translation>Etiqueta</translation>
    </message>
    <message>
      <source>Press to sort by this column</source>
      <translation>Pulse para ordenar por esta columna</translation>
    </message>
    <message>
      <source>Rank</source>
      <translation>Rango</translation>
    </message>
    <message>
      <source>Score</source>
      <translation>Punt.</translation>
    </message>
    <message>
      <source>Second</source>
      <translation>Segunda</translation>
    </message>
    <message>
      <source>Status</source>
      <translation>Estado</translation>
    </message>
  </context>
  <context>
    <name>ReviewPanel</name>
    <message>
      <source>&lt;a href="copy"&gt;Go on in a copy…&lt;/a&gt;</source>
      <translation>&lt;a href="copy"&gt;Seguir en una copia…&lt;/a&gt;</translation>
    </message>
    <message>
      <source>Decisions that wait to be written: {count}. &lt;a href="retry"&gt;Try again&lt;/a&gt;</source>
      <translation>Decisiones que esperan a ser escritas: {count}. &lt;a href="retry"&gt;Reintentar&lt;/a&gt;</translation>
    </message>
    <message>
      <source>The layer is being edited: decisions are saved with its edits.</source>
      <translation>La capa está en edición: las decisiones se guardan con sus ediciones.</translation>
    </message>
    <message>
      <source>{name} cannot be read, so its pixels are not shown.</source>
      <translation>{name} no se puede leer, así que no se muestran sus píxeles.</translation>
    </message>
    <message>
      <source>{reviewed} of {all}, {accepted} accepted</source>
      <translation>{reviewed} de {all}, aceptadas: {accepted}</translation>
    </message>
  </context>
  <context>
    <name>Samples</name>
    <message>
      <source>Sample scenes</source>
      <translation>Escenas de ejemplo</translation>
    </message>
    <message>
      <source>Sample: harbour</source>
      <translation>Ejemplo: puerto</translation>
    </message>
    <message>
      <source>Sample: harbour at night</source>
      <translation>Ejemplo: puerto de noche</translation>
    </message>
    <message>
      <source>Sample: harbour, radar</source>
      <translation>Ejemplo: puerto, radar</translation>
    </message>
    <message>
      <source>Sample: harbour, spectrometer</source>
      <translation>Ejemplo: puerto, espectrómetro</translation>
    </message>
    <message>
      <source>Sample: harbour, thermal camera</source>
      <translation>Ejemplo: puerto, cámara térmica</translation>
    </message>
  </context>
  <context>
    <name>Saving</name>
    <message>
      <source>{name} exists. Replace it?</source>
      <translation>{name} existe. ¿Reemplazarlo?</translation>
    </message>
  </context>
  <context>
    <name>Scenes</name>
    <message>
      <source>The layer “{name}” is no file on disk, so its pixels are not shown.</source>
      <translation>La capa «{name}» no es un archivo del disco, así que sus píxeles no se muestran.</translation>
    </message>
    <message>
      <source>The results do not say which scene was searched.</source>
      <translation>Los resultados no dicen en qué escena se buscó.</translation>
    </message>
    <message>
      <source>The scene {name} was not found. Load it into the project to see its pixels.</source>
      <translation>No se encontró la escena {name}. Cárguela en el proyecto para ver sus píxeles.</translation>
    </message>
  </context>
  <context>
    <name>SetupPanel</name>
    <message>
      <source>&amp;Cancel</source>
      <translation>&amp;Cancelar</translation>
    </message>
    <message>
      <source>&amp;Details</source>
      <translation>&amp;Detalles</translation>
    </message>
    <message>
      <source>&amp;Repair the engine</source>
      <translation>&amp;Reparar el motor</translation>
    </message>
    <message>
      <source>&amp;Set up engine</source>
      <translation>In&amp;stalar el motor</translation>
    </message>
    <message>
      <source>&amp;Use it</source>
      <translation>&amp;Usarlo</translation>
    </message>
    <message>
      <source>Cancelling…</source>
      <translation>Cancelando…</translation>
    </message>
    <message>
      <source>Check this Python and run the engine with it; nothing is downloaded</source>
      <translation>Comprobar este Python y usarlo para el motor; no se descarga nada</translation>
    </message>
    <message>
      <source>Done.</source>
      <translation>Hecho.</translation>
    </message>
    <message>
      <source>Download the engine's packages and make an environment of its own for them</source>
      <translation>Descargar los paquetes del motor y crear un entorno propio para ellos</translation>
    </message>
    <message>
      <source>Downloads about {size} GB to {folder}. QGIS and other programs are not touched. {reason}</source>
      <translation>Descarga unos {size} GB en {folder}. No se toca QGIS ni otros programas. {reason}</translation>
    </message>
    <message>
      <source>How much of the set-up is done</source>
      <translation>Cuánto de la instalación está hecho</translation>
    </message>
    <message>
      <source>Looking at what this computer has…</source>
      <translation>Mirando qué tiene este equipo…</translation>
    </message>
    <message>
      <source>Or use a Python that is there:</source>
      <translation>O use un Python que ya está:</translation>
    </message>
    <message>
      <source>Pythons of this computer that have what the engine needs</source>
      <translation>Versiones de Python de este equipo que tienen lo que el motor necesita</translation>
    </message>
    <message>
      <source>Show what went wrong, word by word</source>
      <translation>Mostrar qué falló, palabra por palabra</translation>
    </message>
    <message>
      <source>Stop; finished downloads are kept for the next try</source>
      <translation>Detener; las descargas terminadas se guardan para el próximo intento</translation>
    </message>
    <message>
      <source>Time since the set-up began</source>
      <translation>Tiempo desde que empezó la instalación</translation>
    </message>
    <message>
      <source>What is being done, or how the set-up ended</source>
      <translation>Qué se está haciendo o cómo acabó la instalación</translation>
    </message>
    <message>
      <source>What will be done</source>
      <translation>Qué se va a hacer</translation>
    </message>
  </context>
  <context>
    <name>Storage</name>
    <message>
      <source>Choose a folder that can be written to and has room.</source>
      <translation>Elija una carpeta en la que se pueda escribir y haya espacio.</translation>
    </message>
    <message>
      <source>Choose an output folder.</source>
      <translation>Elija una carpeta de salida.</translation>
    </message>
    <message>
      <source>Save or discard its edits, and save the project again.</source>
      <translation>Guarde o descarte sus ediciones y guarde de nuevo el proyecto.</translation>
    </message>
    <message>
      <source>The temporary folder cannot be written to ({reason}).</source>
      <translation>No se puede escribir en la carpeta temporal ({reason}).</translation>
    </message>
    <message>
      <source>{name} cannot be copied to {folder} ({reason}).</source>
      <translation>{name} no se puede copiar a {folder} ({reason}).</translation>
    </message>
    <message>
      <source>“{name}” is being edited.</source>
      <translation>«{name}» está en edición.</translation>
    </message>
  </context>
  <context>
    <name>Stores</name>
    <message>
      <source>All decisions are written now.</source>
      <translation>Todas las decisiones están escritas.</translation>
    </message>
    <message>
      <source>Decisions that could not be written to {name}: {count}.</source>
      <translation>Decisiones que no se pudieron escribir en {name}: {count}.</translation>
    </message>
    <message>
      <source>Folder for a copy of the anomalies</source>
      <translation>Carpeta para una copia de las anomalías</translation>
    </message>
    <message>
      <source>The review goes on in {path}. Save the project to keep it that way.</source>
      <translation>La revisión sigue en {path}. Guarde el proyecto para dejarlo así.</translation>
    </message>
  </context>
  <context>
    <name>Styles</name>
    <message>
      <source>Accepted</source>
      <translation>Aceptada</translation>
    </message>
    <message>
      <source>Area ({unit})</source>
      <translation>Área ({unit})</translation>
    </message>
    <message>
      <source>Cividis: blue to ochre</source>
      <translation>Cividis: azul a ocre</translation>
    </message>
    <message>
      <source>Detector</source>
      <translation>Detector</translation>
    </message>
    <message>
      <source>Feature id</source>
      <translation>Id. del objeto</translation>
    </message>
    <message>
      <source>Height ({unit})</source>
      <translation>Alto ({unit})</translation>
    </message>
    <message>
      <source>Highest score</source>
      <translation>Puntuación máxima</translation>
    </message>
    <message>
      <source>Id</source>
      <translation>Id.</translation>
    </message>
    <message>
      <source>Inferno: violet to yellow</source>
      <translation>Inferno: violeta a amarillo</translation>
    </message>
    <message>
      <source>Label</source>
      <translation>Etiqueta</translation>
    </message>
    <message>
      <source>Mean score</source>
      <translation>Puntuación media</translation>
    </message>
    <message>
      <source>Modality</source>
      <translation>Modalidad</translation>
    </message>
    <message>
      <source>None</source>
      <translation>Ninguna</translation>
    </message>
    <message>
      <source>Note</source>
      <translation>Nota</translation>
    </message>
    <message>
      <source>Object score</source>
      <translation>Puntuación del objeto</translation>
    </message>
    <message>
      <source>Plasma: blue to yellow</source>
      <translation>Plasma: azul a amarillo</translation>
    </message>
    <message>
      <source>Rank</source>
      <translation>Rango</translation>
    </message>
    <message>
      <source>Rejected</source>
      <translation>Rechazada</translation>
    </message>
    <message>
      <source>Run</source>
      <translation>Ejecución</translation>
    </message>
    <message>
      <source>Status</source>
      <translation>Estado</translation>
    </message>
    <message>
      <source>Unreviewed</source>
      <translation>Sin revisar</translation>
    </message>
    <message>
      <source>Unsure</source>
      <translation>Dudosa</translation>
    </message>
    <message>
      <source>Viridis: violet to green</source>
      <translation>Viridis: violeta a verde</translation>
    </message>
    <message>
      <source>Width ({unit})</source>
      <translation>Ancho ({unit})</translation>
    </message>
    <message>
      <source>{score} = 9 times that</source>
      <translation>{score} = nueve veces eso</translation>
    </message>
    <message>
      <source>{score} = the scene's top 1 %</source>
      <translation>{score} = el 1 % superior de la escena</translation>
    </message>
  </context>
  <context>
    <name>TeachDialog</name>
    <message>
      <source> · {seconds:.0f} s left</source>
      <translation> · faltan {seconds:.0f} s</translation>
    </message>
    <message>
      <source>&amp;Cancel</source>
      <translation>&amp;Cancelar</translation>
    </message>
    <message>
      <source>&amp;Draw</source>
      <translation>Di&amp;bujar</translation>
    </message>
    <message>
      <source>&amp;Layer</source>
      <translation>Ca&amp;pa</translation>
    </message>
    <message>
      <source>&amp;Name</source>
      <translation>&amp;Nombre</translation>
    </message>
    <message>
      <source>&amp;Stop, keep best</source>
      <translation>&amp;Detener y guardar lo mejor</translation>
    </message>
    <message>
      <source>&amp;Teach</source>
      <translation>&amp;Enseñar</translation>
    </message>
    <message>
      <source>Cancelled; nothing was kept.</source>
      <translation>Cancelado; no se conservó nada.</translation>
    </message>
    <message>
      <source>Cancelling…</source>
      <translation>Cancelando…</translation>
    </message>
    <message>
      <source>Choose a polygon layer, or press Draw.</source>
      <translation>Elija una capa de polígonos o pulse Dibujar.</translation>
    </message>
    <message>
      <source>Click around normal ground on the map, end each polygon with a right click.</source>
      <translation>Haga clic alrededor del terreno normal en el mapa; termine cada polígono con un clic derecho.</translation>
    </message>
    <message>
      <source>Draw polygons on the map, in the temporary layer that is chosen or a new one; end each with a right click</source>
      <translation>Dibujar polígonos en el mapa, en la capa temporal elegida o en una nueva; termine cada uno con un clic derecho</translation>
    </message>
    <message>
      <source>Draw some, and end each with a right click.</source>
      <translation>Dibuje algunos y termine cada uno con un clic derecho.</translation>
    </message>
    <message>
      <source>End and keep nothing</source>
      <translation>Terminar y no conservar nada</translation>
    </message>
    <message>
      <source>End early and keep the best so far</source>
      <translation>Terminar antes y conservar lo mejor hasta ahora</translation>
    </message>
    <message>
      <source>Forest, calm water, …</source>
      <translation>Bosque, agua en calma, …</translation>
    </message>
    <message>
      <source>How long it learns at most; more helps little. Stop earlier where the preview is good</source>
      <translation>Cuánto tiempo aprende como máximo; más ayuda poco. Detenga antes si la vista previa ya es buena</translation>
    </message>
    <message>
      <source>How much of the time is over</source>
      <translation>Cuánto del tiempo ha pasado</translation>
    </message>
    <message>
      <source>Learn what is normal from the polygons</source>
      <translation>Aprender lo normal a partir de los polígonos</translation>
    </message>
    <message>
      <source>Load a raster layer, or tick one in the list.</source>
      <translation>Cargue una capa ráster o marque una en la lista.</translation>
    </message>
    <message>
      <source>No normal ground is outlined.</source>
      <translation>No hay terreno normal marcado.</translation>
    </message>
    <message>
      <source>No raster layer is chosen.</source>
      <translation>No hay capa ráster elegida.</translation>
    </message>
    <message>
      <source>None yet</source>
      <translation>Aún ninguna</translation>
    </message>
    <message>
      <source>Nor&amp;mal ground</source>
      <translation>Terreno nor&amp;mal</translation>
    </message>
    <message>
      <source>Normal ground</source>
      <translation>Terreno normal</translation>
    </message>
    <message>
      <source>Outline ground that is normal, all kinds of it, and press Teach.</source>
      <translation>Marque terreno normal, de todas sus clases, y pulse Enseñar.</translation>
    </message>
    <message>
      <source>Polygons of normal ground, in any CRS</source>
      <translation>Polígonos de terreno normal, en cualquier SRC</translation>
    </message>
    <message>
      <source>Save a part of it as a GeoTIFF first.</source>
      <translation>Guarde antes una parte como GeoTIFF.</translation>
    </message>
    <message>
      <source>Selected features only</source>
      <translation>Solo objetos seleccionados</translation>
    </message>
    <message>
      <source>Starting the engine</source>
      <translation>Iniciando el motor</translation>
    </message>
    <message>
      <source>Stopping…</source>
      <translation>Deteniendo…</translation>
    </message>
    <message>
      <source>T&amp;ime</source>
      <translation>T&amp;iempo</translation>
    </message>
    <message>
      <source>Teach from several layers with the same bands</source>
      <translation>Enseñar con varias capas de las mismas bandas</translation>
    </message>
    <message>
      <source>Teach from the selected polygons alone</source>
      <translation>Enseñar solo con los polígonos seleccionados</translation>
    </message>
    <message>
      <source>Teach what is normal</source>
      <translation>Enseñar lo que es normal</translation>
    </message>
    <message>
      <source>The layer “{name}” has no pixels of its own.</source>
      <translation>La capa «{name}» no tiene píxeles propios.</translation>
    </message>
    <message>
      <source>The layer “{name}” has no polygons yet.</source>
      <translation>La capa «{name}» aún no tiene polígonos.</translation>
    </message>
    <message>
      <source>The raster layer that shows the normal ground</source>
      <translation>La capa ráster que muestra el terreno normal</translation>
    </message>
    <message>
      <source>What is being done, or how it ended</source>
      <translation>Qué se está haciendo o cómo acabó</translation>
    </message>
    <message>
      <source>What the model is called in the list</source>
      <translation>Cómo se llama el modelo en la lista</translation>
    </message>
    <message>
      <source>“{name}” was taught in {seconds:.0f} s. Press Run to search with it.</source>
      <translation>«{name}» se enseñó en {seconds:.0f} s. Pulse Ejecutar para buscar con él.</translation>
    </message>
  </context>
  <context>
    <name>TeachTask</name>
    <message>
      <source>Anomaly Lens: teaching</source>
      <translation>Anomaly Lens: enseñando</translation>
    </message>
    <message>
      <source>Exporting “{name}”</source>
      <translation>Exportando «{name}»</translation>
    </message>
    <message>
      <source>Please report this with the details.</source>
      <translation>Infórmenos de esto con los detalles.</translation>
    </message>
    <message>
      <source>Teaching failed unexpectedly: {reason}.</source>
      <translation>La enseñanza falló inesperadamente: {reason}.</translation>
    </message>
    <message>
      <source>Teaching was cancelled.</source>
      <translation>Se canceló la enseñanza.</translation>
    </message>
    <message>
      <source>“{name}” is too large to be exported: its bands were scaled by what lies around the polygons alone. Search places like that, or save the layer as a GeoTIFF and teach from it.</source>
      <translation>«{name}» es demasiado grande para exportarla: sus bandas se escalaron solo según lo que rodea a los polígonos. Busque en lugares parecidos, o guarde la capa como GeoTIFF y enseñe con ella.</translation>
    </message>
  </context>
  <context>
    <name>TeachView</name>
    <message>
      <source>A heat map of a piece of the layer appears here after about half a minute.</source>
      <translation>Aquí aparece un mapa de calor de un trozo de la capa tras medio minuto, más o menos.</translation>
    </message>
    <message>
      <source>How well unseen normal ground is told from altered copies of it</source>
      <translation>Cuán bien se distingue el terreno normal no visto de copias alteradas de él</translation>
    </message>
    <message>
      <source>The loss curve appears here.</source>
      <translation>Aquí aparece la curva de la pérdida.</translation>
    </message>
    <message>
      <source>The loss, step by step: it falls while something is learned, and begins anew when a term joins it</source>
      <translation>La pérdida, paso a paso: baja mientras se aprende algo y empieza de nuevo cuando se le suma un término</translation>
    </message>
    <message>
      <source>Told apart from altered ground: {share:.0%}</source>
      <translation>Distinguido de terreno alterado: {share:.0%}</translation>
    </message>
    <message>
      <source>What the model makes of a piece of the first layer: bright is not normal</source>
      <translation>Qué dice el modelo de un trozo de la primera capa: lo claro no es normal</translation>
    </message>
    <message>
      <source>loss</source>
      <translation>pérdida</translation>
    </message>
    <message>
      <source>step</source>
      <translation>paso</translation>
    </message>
  </context>
  <context>
    <name>Teaching</name>
    <message>
      <source>Anomaly Lens</source>
      <translation>Anomaly Lens</translation>
    </message>
    <message>
      <source>Teach what is normal…</source>
      <translation>Enseñar lo que es normal…</translation>
    </message>
  </context>
  <context>
    <name>Texts</name>
    <message>
      <source>Label</source>
      <translation>Etiqueta</translation>
    </message>
    <message>
      <source>Note</source>
      <translation>Nota</translation>
    </message>
  </context>
  <context>
    <name>ThresholdForm</name>
    <message>
      <source> % of its peak</source>
      <translation> % de su pico</translation>
    </message>
    <message>
      <source>&amp;Back to the detector's</source>
      <translation>Volver a lo del &amp;detector</translation>
    </message>
    <message>
      <source>&amp;Merge within</source>
      <translation>Unir a &amp;menos de</translation>
    </message>
    <message>
      <source>&amp;Score from</source>
      <translation>Puntuación de&amp;sde</translation>
    </message>
    <message>
      <source>An anomaly holds what reaches this share of its own highest raw score: more for closer outlines. UniADRS takes half, whose map smears around objects, but for hyperspectral scenes</source>
      <translation>Una anomalía abarca lo que alcanza esta parte de su propia puntuación bruta más alta: más para contornos más ceñidos. UniADRS, cuyo mapa se difumina alrededor de los objetos, toma la mitad, salvo en escenas hiperespectrales</translation>
    </message>
    <message>
      <source>Anomalies at most so far apart become one</source>
      <translation>Las anomalías separadas a lo sumo esta distancia se vuelven una</translation>
    </message>
    <message>
      <source>Fill &amp;holes up to</source>
      <translation>Rellenar &amp;huecos hasta</translation>
    </message>
    <message>
      <source>Holes up to this area are filled</source>
      <translation>Los huecos de hasta esta área se rellenan</translation>
    </message>
    <message>
      <source>How many of the pixels have at least this score</source>
      <translation>Cuántos píxeles tienen al menos esta puntuación</translation>
    </message>
    <message>
      <source>How much outlines are rounded off; their areas stay the same</source>
      <translation>Cuánto se redondean los contornos; sus áreas no cambian</translation>
    </message>
    <message>
      <source>Min. &amp;area</source>
      <translation>Área mí&amp;n.</translation>
    </message>
    <message>
      <source>Off</source>
      <translation>No</translation>
    </message>
    <message>
      <source>Outline &amp;from</source>
      <translation>&amp;Contorno desde</translation>
    </message>
    <message>
      <source>Redo</source>
      <translation>Rehacer</translation>
    </message>
    <message>
      <source>Smaller anomalies are left out; pieces are merged before they are measured</source>
      <translation>Las anomalías menores se omiten; los trozos se unen antes de medirlos</translation>
    </message>
    <message>
      <source>Smooth &amp;outlines</source>
      <translation>S&amp;uavizar contornos</translation>
    </message>
    <message>
      <source>The detector's threshold, outlines and smallest area, nothing merged, filled or smoothed; decisions stay</source>
      <translation>El umbral, los contornos y el área mínima del detector, sin unir, rellenar ni suavizar; las decisiones se conservan</translation>
    </message>
    <message>
      <source>The lowest score of an anomaly; the small button brings the detector's back</source>
      <translation>La puntuación mínima de una anomalía; el botón pequeño devuelve la del detector</translation>
    </message>
    <message>
      <source>The score alone</source>
      <translation>Solo la puntuación</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>Deshacer</translation>
    </message>
    <message>
      <source>top {percent} % of pixels</source>
      <translation>{percent} % superior de los píxeles</translation>
    </message>
  </context>
  <context>
    <name>ThresholdPanel</name>
    <message>
      <source>Another run is open.</source>
      <translation>Hay otra ejecución abierta.</translation>
    </message>
    <message>
      <source>Choose a run to change its threshold.</source>
      <translation>Elija una ejecución para cambiar su umbral.</translation>
    </message>
    <message>
      <source>Polygons: {count}, before: {before}. Let go to change them. Objects and yours, which are kept: {kept}.</source>
      <translation>Polígonos: {count}, antes: {before}. Suelte para cambiarlos. Objetos y los suyos, que se conservan: {kept}.</translation>
    </message>
    <message>
      <source>Polygons: {count}, before: {before}. Let go to change them. Yours, which are kept: {kept}.</source>
      <translation>Polígonos: {count}, antes: {before}. Suelte para cambiarlos. Los suyos, que se conservan: {kept}.</translation>
    </message>
    <message>
      <source>Polygons: {count}. The threshold's: {free}. Decided on, drawn or changed by you, and kept: {kept}.</source>
      <translation>Polígonos: {count}. Del umbral: {free}. Decididos, dibujados o cambiados por usted y conservados: {kept}.</translation>
    </message>
    <message>
      <source>Polygons: {count}. The threshold's: {free}. Outlined by the detector, or yours, and kept: {kept}.</source>
      <translation>Polígonos: {count}. Del umbral: {free}. Delineados por el detector, o suyos, y conservados: {kept}.</translation>
    </message>
    <message>
      <source>Reading the heat map…</source>
      <translation>Leyendo el mapa de calor…</translation>
    </message>
    <message>
      <source>The heat map of this run is not in the project: load it, or run the detection again.</source>
      <translation>El mapa de calor de esta ejecución no está en el proyecto: cárguelo o ejecute de nuevo la detección.</translation>
    </message>
    <message>
      <source>The polygons are being edited: save or discard the edits, then the threshold can change.</source>
      <translation>Los polígonos están en edición: guarde o descarte las ediciones y entonces podrá cambiar el umbral.</translation>
    </message>
    <message>
      <source>The polygons are read-only in this project: untick that in Project &gt; Properties &gt; Data Sources, then the threshold can change.</source>
      <translation>Los polígonos son de solo lectura en este proyecto: desmárquelo en Proyecto &gt; Propiedades &gt; Fuentes de datos y entonces podrá cambiar el umbral.</translation>
    </message>
    <message>
      <source>The polygons of this run are not in the project any more.</source>
      <translation>Los polígonos de esta ejecución ya no están en el proyecto.</translation>
    </message>
    <message>
      <source>threshold {score}</source>
      <translation>umbral {score}</translation>
    </message>
  </context>
  <context>
    <name>Toolbox</name>
    <message>
      <source>AUC BS: background suppressibility</source>
      <translation>AUC BS: supresión del fondo</translation>
    </message>
    <message>
      <source>AUC OD: overall detection</source>
      <translation>AUC OD: detección global</translation>
    </message>
    <message>
      <source>AUC ODP: overall detection probability</source>
      <translation>AUC ODP: probabilidad de detección global</translation>
    </message>
    <message>
      <source>AUC SNPR: signal to noise</source>
      <translation>AUC SNPR: señal frente a ruido</translation>
    </message>
    <message>
      <source>AUC TD: target detectability</source>
      <translation>AUC TD: detectabilidad del objetivo</translation>
    </message>
    <message>
      <source>AUC TDBS: both at once</source>
      <translation>AUC TDBS: ambas a la vez</translation>
    </message>
    <message>
      <source>AUC(D,F): a random anomaly pixel scores above a random other one</source>
      <translation>AUC(D,F): un píxel anómalo al azar puntúa más que otro al azar</translation>
    </message>
    <message>
      <source>AUC(D,τ): mean scaled score of the anomalies</source>
      <translation>AUC(D,τ): puntuación media escalada de las anomalías</translation>
    </message>
    <message>
      <source>AUC(F,τ): mean scaled score of the rest; smaller is better</source>
      <translation>AUC(F,τ): puntuación media escalada del resto; menor es mejor</translation>
    </message>
    <message>
      <source>Anomalies</source>
      <translation>Anomalías</translation>
    </message>
    <message>
      <source>Anomaly pixels</source>
      <translation>Píxeles anómalos</translation>
    </message>
    <message>
      <source>As the layer suggests</source>
      <translation>Según sugiere la capa</translation>
    </message>
    <message>
      <source>Bands (all where empty)</source>
      <translation>Bandas (todas si se deja vacío)</translation>
    </message>
    <message>
      <source>Choose another file for it.</source>
      <translation>Elija otro archivo para él.</translation>
    </message>
    <message>
      <source>Detect anomalies</source>
      <translation>Detectar anomalías</translation>
    </message>
    <message>
      <source>Detector</source>
      <translation>Detector</translation>
    </message>
    <message>
      <source>Evaluate against labels</source>
      <translation>Evaluar con etiquetas</translation>
    </message>
    <message>
      <source>Extent</source>
      <translation>Extensión</translation>
    </message>
    <message>
      <source>Fill holes up to this area</source>
      <translation>Rellenar huecos hasta esta área</translation>
    </message>
    <message>
      <source>Finds what does not belong in a raster: a heat map of scores from 0 to 1, and a polygon for each anomaly, the same as the Anomaly Lens panel makes.

Modality is the kind of imagery; it sets the threshold and the smallest anomaly where these are left empty. The top share is the part of the valid pixels, those with the highest scores, that become anomalies; a lowest score can be given instead (advanced). The smallest anomaly is counted in m² on the ellipsoid, in pixels where the layer has no CRS. Outside of the extent or the polygons nothing is scored, nor counted as normal.

Outlines can end at a share of each anomaly's own peak (advanced): an anomaly then holds what reaches that share of its own highest raw score; 0 takes all that reach the threshold. Left empty, UniADRS takes 50 % in all but hyperspectral scenes, other detectors 0.

ASD needs a model: the folder of a taught one, or the name of one that ships with the plugin. Its anomalies are pixels with a score of {half} or more where no threshold is given.</source>
      <translation>Encuentra lo que no encaja en un ráster: un mapa de calor de puntuaciones de 0 a 1 y un polígono por anomalía, lo mismo que hace el panel de Anomaly Lens.

La modalidad es el tipo de imagen; fija el umbral y la anomalía mínima cuando se dejan vacíos. La fracción superior es la parte de los píxeles válidos, los de mayor puntuación, que se vuelve anomalía; en su lugar puede darse una puntuación mínima (avanzado). La anomalía mínima se cuenta en m² sobre el elipsoide, o en píxeles si la capa no tiene SRC. Fuera de la extensión o de los polígonos nada se puntúa ni cuenta como normal.

Los contornos pueden terminar en una parte del pico de cada anomalía (avanzado): entonces una anomalía abarca lo que alcanza esa parte de su propia puntuación bruta máxima; 0 toma todo lo que alcanza el umbral. Si se deja vacío, UniADRS toma el 50 % salvo en escenas hiperespectrales, y los demás detectores 0.

ASD necesita un modelo: la carpeta de uno enseñado o el nombre de uno incluido en el complemento. Sus anomalías son los píxeles con una puntuación de {half} o más si no se da ningún umbral.</translation>
    </message>
    <message>
      <source>Folder (empty: the panel's models)</source>
      <translation>Carpeta (vacío: modelos del panel)</translation>
    </message>
    <message>
      <source>Give a layer of polygons.</source>
      <translation>Indique una capa de polígonos.</translation>
    </message>
    <message>
      <source>Give a pixel size, under the advanced parameters.</source>
      <translation>Indique un tamaño de píxel en los parámetros avanzados.</translation>
    </message>
    <message>
      <source>Give a polygon layer or a raster, one of them.</source>
      <translation>Indique una capa de polígonos o un ráster, uno de los dos.</translation>
    </message>
    <message>
      <source>Give a top share or a lowest score, not both.</source>
      <translation>Indique una fracción superior o una puntuación mínima, no ambas.</translation>
    </message>
    <message>
      <source>Give an extent or polygons, not both.</source>
      <translation>Indique una extensión o polígonos, no ambos.</translation>
    </message>
    <message>
      <source>HTML files (*.html)</source>
      <translation>Archivos HTML (*.html)</translation>
    </message>
    <message>
      <source>Heat map</source>
      <translation>Mapa de calor</translation>
    </message>
    <message>
      <source>Heat map or other scores</source>
      <translation>Mapa de calor u otras puntuaciones</translation>
    </message>
    <message>
      <source>Heat map to polygons</source>
      <translation>De mapa de calor a polígonos</translation>
    </message>
    <message>
      <source>Labels: polygons of the anomalies</source>
      <translation>Etiquetas: polígonos de las anomalías</translation>
    </message>
    <message>
      <source>Layer to search</source>
      <translation>Capa en la que buscar</translation>
    </message>
    <message>
      <source>Layers with normal ground</source>
      <translation>Capas con terreno normal</translation>
    </message>
    <message>
      <source>Lowest score (empty: the run's)</source>
      <translation>Puntuación mínima (vacío: la de la ejecución)</translation>
    </message>
    <message>
      <source>Lowest score, instead of a top share</source>
      <translation>Puntuación mínima, en vez de una fracción</translation>
    </message>
    <message>
      <source>Makes anomaly polygons of a heat map without detecting again. What is left empty is taken from the run that made the heat map; with nothing given, the polygons are those of that run; but those of a detector of objects, which a heat map does not tell apart, are connected pixels.

Merge distance, areas and hole sizes are in m and m², in pixels where the heat map has no CRS. The smallest anomaly is judged before holes are filled and outlines smoothed. Of a share of the peak, an anomaly holds what reaches it of its own highest raw score; 0 takes all that reach the lowest score.</source>
      <translation>Hace polígonos de anomalías a partir de un mapa de calor sin detectar de nuevo. Lo que se deja vacío se toma de la ejecución que hizo el mapa; si no se indica nada, los polígonos son los de aquella; pero los de un detector de objetos, que un mapa de calor no distingue, son píxeles conectados.

La distancia de unión, las áreas y los huecos van en m y m², o en píxeles si el mapa no tiene SRC. La anomalía mínima se juzga antes de rellenar huecos y suavizar contornos. De la parte del pico, una anomalía abarca lo que la alcanza de su propia puntuación bruta máxima; 0 toma todo lo que alcanza la puntuación mínima.</translation>
    </message>
    <message>
      <source>Measures how well a heat map, or any raster that is larger where more anomalous, agrees with labels: a polygon layer of the anomalies, or a raster in which they have a value other than 0, or one value that you name. Labels in another CRS or on another grid are brought to that of the scores. Pixels without a score, and those of a label raster's nodata (unless that is 0), do not count.

The measures are those of the project's own evaluations: exact, ties counted half. One that is not defined is left out.</source>
      <translation>Mide cuánto concuerda un mapa de calor, o cualquier ráster que sea mayor donde hay más anomalía, con unas etiquetas: una capa de polígonos de las anomalías, o un ráster donde tienen un valor distinto de 0 o un valor que usted indique. Las etiquetas con otro SRC u otra cuadrícula se llevan a los de las puntuaciones. Los píxeles sin puntuación y los nodata del ráster de etiquetas (salvo que sea 0) no cuentan.

Las medidas son las de las evaluaciones del propio proyecto: exactas, con los empates contados a medias. La que no está definida se omite.</translation>
    </message>
    <message>
      <source>Merge anomalies that are at most so far apart</source>
      <translation>Unir anomalías separadas a lo sumo</translation>
    </message>
    <message>
      <source>Modality</source>
      <translation>Modalidad</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>Modelo</translation>
    </message>
    <message>
      <source>Name of the model</source>
      <translation>Nombre del modelo</translation>
    </message>
    <message>
      <source>No normal ground is outlined.</source>
      <translation>No hay terreno normal marcado.</translation>
    </message>
    <message>
      <source>Normal ground</source>
      <translation>Terreno normal</translation>
    </message>
    <message>
      <source>Number of anomalies</source>
      <translation>Número de anomalías</translation>
    </message>
    <message>
      <source>Object AUC: an object's peak stands above peaks elsewhere</source>
      <translation>AUC de objetos: el pico de un objeto supera los picos de otros lugares</translation>
    </message>
    <message>
      <source>Objects in the labels</source>
      <translation>Objetos en las etiquetas</translation>
    </message>
    <message>
      <source>Other pixels</source>
      <translation>Otros píxeles</translation>
    </message>
    <message>
      <source>Outlines from % of peak (empty: the run's)</source>
      <translation>Contornos desde % del pico (vacío: el suyo)</translation>
    </message>
    <message>
      <source>Outlines from this share of the peak in percent</source>
      <translation>Contornos desde este porcentaje del pico</translation>
    </message>
    <message>
      <source>Pixel size, for layers that are no file on disk</source>
      <translation>Tamaño de píxel, si la capa no es un archivo</translation>
    </message>
    <message>
      <source>Polygons of normal ground</source>
      <translation>Polígonos de terreno normal</translation>
    </message>
    <message>
      <source>Remove its layer from QGIS, make room, or choose another name.</source>
      <translation>Quite su capa de QGIS, haga sitio o elija otro nombre.</translation>
    </message>
    <message>
      <source>Report</source>
      <translation>Informe</translation>
    </message>
    <message>
      <source>Rounds of smoothing the outlines</source>
      <translation>Pasadas de suavizado de los contornos</translation>
    </message>
    <message>
      <source>Save it as a GeoTIFF first.</source>
      <translation>Guárdelo antes como GeoTIFF.</translation>
    </message>
    <message>
      <source>Score of the best threshold (upper left point of the ROC)</source>
      <translation>Puntuación del mejor umbral (punto superior izquierdo de la ROC)</translation>
    </message>
    <message>
      <source>Score of the threshold</source>
      <translation>Puntuación del umbral</translation>
    </message>
    <message>
      <source>Search inside these polygons</source>
      <translation>Buscar dentro de estos polígonos</translation>
    </message>
    <message>
      <source>Seconds of learning</source>
      <translation>Segundos de aprendizaje</translation>
    </message>
    <message>
      <source>Seed of all chance</source>
      <translation>Semilla de todo el azar</translation>
    </message>
    <message>
      <source>Smallest anomaly (empty: the run's)</source>
      <translation>Anomalía mínima (vacío: la de la ejecución)</translation>
    </message>
    <message>
      <source>Smallest anomaly (m², or pixels without CRS)</source>
      <translation>Anomalía mínima (m², o píxeles sin SRC)</translation>
    </message>
    <message>
      <source>Taught model (for ASD)</source>
      <translation>Modelo enseñado (para ASD)</translation>
    </message>
    <message>
      <source>Teach normal (ASD)</source>
      <translation>Enseñar lo normal (ASD)</translation>
    </message>
    <message>
      <source>Teaches the detector ASD what normal ground looks like, from polygons on one or several rasters with the same bands. Outline all kinds of normal ground, some thousand pixels at least. Every polygon counts for each raster that it lies on; each raster needs some.

The model is a folder, made in the folder that you name, or among the models that the Anomaly Lens panel lists. Give it to “Detect anomalies” with the detector ASD.</source>
      <translation>Enseña al detector ASD cómo es el terreno normal, con polígonos sobre uno o varios rásteres de las mismas bandas. Marque todas las clases de terreno normal, al menos unos miles de píxeles. Cada polígono cuenta para cada ráster sobre el que esté; cada ráster necesita alguno.

El modelo es una carpeta, creada en la que usted indique o entre los modelos que muestra el panel de Anomaly Lens. Indíquelo en «Detectar anomalías» con el detector ASD.</translation>
    </message>
    <message>
      <source>The area is given twice.</source>
      <translation>El área se indica dos veces.</translation>
    </message>
    <message>
      <source>The heat map would replace the layer “{name}”, which is searched.</source>
      <translation>El mapa de calor sustituiría la capa «{name}», en la que se busca.</translation>
    </message>
    <message>
      <source>The labels are missing, or given twice.</source>
      <translation>Faltan las etiquetas o se indican dos veces.</translation>
    </message>
    <message>
      <source>The layer “{name}” has no pixels of its own.</source>
      <translation>La capa «{name}» no tiene píxeles propios.</translation>
    </message>
    <message>
      <source>The layer “{name}” is no file on disk.</source>
      <translation>La capa «{name}» no es un archivo del disco.</translation>
    </message>
    <message>
      <source>The threshold is given twice.</source>
      <translation>El umbral se indica dos veces.</translation>
    </message>
    <message>
      <source>Top share in percent</source>
      <translation>Fracción superior en porcentaje</translation>
    </message>
    <message>
      <source>Top share in percent, instead of a score</source>
      <translation>Fracción superior en porcentaje</translation>
    </message>
    <message>
      <source>Value of the anomalies (empty: any but 0)</source>
      <translation>Valor de las anomalías (vacío: todos salvo 0)</translation>
    </message>
    <message>
      <source>mIoU of anomaly and background at the best threshold</source>
      <translation>mIoU de anomalía y fondo con el mejor umbral</translation>
    </message>
    <message>
      <source>{name} against labels</source>
      <translation>{name} frente a las etiquetas</translation>
    </message>
    <message>
      <source>{path} cannot be written ({reason}).</source>
      <translation>{path} no se puede escribir ({reason}).</translation>
    </message>
    <message>
      <source>… or a raster</source>
      <translation>… o un ráster</translation>
    </message>
  </context>
  <context>
    <name>Welcome</name>
    <message>
      <source>Detection runs in an engine outside QGIS, which is not set up yet.</source>
      <translation>La detección usa un motor fuera de QGIS que aún no está instalado.</translation>
    </message>
    <message>
      <source>✓ The engine is ready.</source>
      <translation>✓ El motor está listo.</translation>
    </message>
  </context>
  <context>
    <name>WelcomePage</name>
    <message>
      <source>1. The engine</source>
      <translation>1. El motor</translation>
    </message>
    <message>
      <source>2. Try it</source>
      <translation>2. Pruébelo</translation>
    </message>
    <message>
      <source>3. Your images</source>
      <translation>3. Sus imágenes</translation>
    </message>
    <message>
      <source>A painted harbour of 640 by 480 pixels, with nine things that do not belong</source>
      <translation>Un puerto pintado de 640 por 480 píxeles, con nueve cosas que no encajan</translation>
    </message>
    <message>
      <source>Anomaly Lens</source>
      <translation>Anomaly Lens</translation>
    </message>
    <message>
      <source>Finds what does not belong in an image, all on this computer: no imagery leaves it. Three steps:</source>
      <translation>Encuentra lo que no encaja en una imagen, todo en este equipo: ninguna imagen sale de él. Tres pasos:</translation>
    </message>
    <message>
      <source>Go to the form; this page does not come again while the engine works</source>
      <translation>Ir al formulario; esta página no vuelve mientras el motor funcione</translation>
    </message>
    <message>
      <source>How to use it</source>
      <translation>Cómo se usa</translation>
    </message>
    <message>
      <source>Open the sam&amp;ple scene</source>
      <translation>&amp;Abrir la escena de ejemplo</translation>
    </message>
    <message>
      <source>Options</source>
      <translation>Opciones</translation>
    </message>
    <message>
      <source>Radar, a thermal camera, a night camera, a spectrometer: one for each modality</source>
      <translation>Radar, cámara térmica, cámara nocturna, espectrómetro: uno por modalidad</translation>
    </message>
    <message>
      <source>Start with &amp;my own layers</source>
      <translation>E&amp;mpezar con mis propias capas</translation>
    </message>
    <message>
      <source>Starting the engine…</source>
      <translation>Iniciando el motor…</translation>
    </message>
    <message>
      <source>The same harbour by &amp;other sensors</source>
      <translation>El mismo puerto con &amp;otros sensores</translation>
    </message>
    <message>
      <source>When something is wrong</source>
      <translation>Cuando algo va mal</translation>
    </message>
  </context>
  <context>
    <name>WhyView</name>
    <message>
      <source>90 % of scene</source>
      <translation>90 % escena</translation>
    </message>
    <message>
      <source>Band</source>
      <translation>Banda</translation>
    </message>
    <message>
      <source>How often each score occurs in the scene, and where this anomaly stands</source>
      <translation>Con qué frecuencia aparece cada puntuación en la escena y dónde está esta anomalía</translation>
    </message>
    <message>
      <source>Mean value</source>
      <translation>Valor medio</translation>
    </message>
    <message>
      <source>Mean values inside the outline, in a ring around it, and in the scene (a sample of it)</source>
      <translation>Valores medios dentro del contorno, en un anillo a su alrededor y en la escena (una muestra)</translation>
    </message>
    <message>
      <source>Pixels</source>
      <translation>Píxeles</translation>
    </message>
    <message>
      <source>Score</source>
      <translation>Puntuación</translation>
    </message>
    <message>
      <source>The heat map has no histogram.</source>
      <translation>El mapa de calor no tiene histograma.</translation>
    </message>
    <message>
      <source>The heat map is not in the project.</source>
      <translation>El mapa de calor no está en el proyecto.</translation>
    </message>
    <message>
      <source>The pixels of the scene at full contrast, and the outline</source>
      <translation>Los píxeles de la escena con todo el contraste, y el contorno</translation>
    </message>
    <message>
      <source>The scene cannot be read: {reason}</source>
      <translation>No se puede leer la escena: {reason}</translation>
    </message>
    <message>
      <source>This polygon lies outside the scene.</source>
      <translation>Este polígono está fuera de la escena.</translation>
    </message>
    <message>
      <source>Wavelength (nm)</source>
      <translation>Longitud de onda (nm)</translation>
    </message>
    <message>
      <source>anomaly</source>
      <translation>anomalía</translation>
    </message>
    <message>
      <source>around</source>
      <translation>alrededor</translation>
    </message>
    <message>
      <source>scene</source>
      <translation>escena</translation>
    </message>
    <message>
      <source>this one</source>
      <translation>esta</translation>
    </message>
    <message>
      <source>threshold</source>
      <translation>umbral</translation>
    </message>
  </context>
  <context>
    <name>Worker</name>
    <message>
      <source>Choose a Python that has PyTorch under Settings &gt; Options &gt; Anomaly Lens, and press Test.</source>
      <translation>Elija un Python que tenga PyTorch en Configuración &gt; Opciones &gt; Anomaly Lens y pulse Probar.</translation>
    </message>
    <message>
      <source>Run it again; a new engine is started. The details show its last words.</source>
      <translation>Ejecútelo de nuevo; se inicia otro motor. Los detalles muestran sus últimas palabras.</translation>
    </message>
    <message>
      <source>The engine stopped while it was working (exit code {code}).</source>
      <translation>El motor se detuvo mientras trabajaba (código de salida {code}).</translation>
    </message>
    <message>
      <source>The plugin was unloaded.</source>
      <translation>El complemento se descargó de QGIS.</translation>
    </message>
    <message>
      <source>The run was cancelled.</source>
      <translation>Se canceló la ejecución.</translation>
    </message>
    <message>
      <source>The system ended it, most often for lack of memory: close other programs.</source>
      <translation>El sistema lo terminó, casi siempre por falta de memoria: cierre otros programas.</translation>
    </message>
    <message>
      <source>{program} cannot be started: {reason}.</source>
      <translation>{program} no se puede iniciar: {reason}.</translation>
    </message>
    <message>
      <source>{program} did not start the engine within {seconds} seconds.</source>
      <translation>{program} no inició el motor en {seconds} segundos.</translation>
    </message>
  </context>
  <context>
    <name>_TextField</name>
    <message>
      <source>{title}. Enter keeps it, Escape takes it back</source>
      <translation>{title}. Intro lo conserva, Escape lo retira</translation>
    </message>
  </context>
</TS>
